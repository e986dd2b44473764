"""Settings: one clear line for every mistake, and one table behind everything that shows them."""

from pathlib import Path

import pytest

from taskyard.kit.setting_table import TABLE
from taskyard.kit.settings import Settings, SettingsError, describe, example_file, load_settings, read_environment

ROOT = Path(__file__).parents[2]


def test_defaults_need_no_setting() -> None:
    settings = load_settings({}, None)
    assert settings.port == 3000
    assert settings.public_url == "http://localhost:3000"
    assert settings.database_url is None
    assert settings.limits_enforced
    assert settings.service_urls["notification"] == ("http://127.0.0.1:3004",)


def test_example_file_is_written_from_the_table() -> None:
    assert (ROOT / ".env.example").read_text() == example_file()


def test_every_setting_is_described() -> None:
    assert [row[0] for row in describe({})] == [setting.variable for setting in TABLE]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("TASKYARD_PORT", "eighty", "from 1 to 65535"),
        ("TASKYARD_PORT", "70000", "from 1 to 65535"),
        ("TASKYARD_ALLOW_PLAIN_HTTP", "maybe", "true or false"),
        ("TASKYARD_TRUSTED_PROXIES", "10.0.0.1/8", "networks"),
        ("TASKYARD_PUBLIC_URL", "example.com", "http: or https:"),
        ("TASKYARD_DATABASE_URL", "mysql://host/db", "postgresql:"),
        ("TASKYARD_REDIS_URL", "localhost:6379", "redis:"),
        ("TASKYARD_REGISTRATION", "sometimes", "open, invite, closed"),
        ("TASKYARD_SERVICE_KEYS", "auth", "pairs"),
        *(
            ("TASKYARD_ALLOWED_ORIGINS", text, "exact origins")
            for text in (
                *("*", "null", "app.example", "https://*.example", "https://app.example/", "https://app.example:443"),
                *("http://app.example", "https://App.example", "https://a@app.example", "https://app.example/x"),
                *("https://app.example:x", "https://app.example, *", "https://\xe9.example", "https://"),
            )
        ),
        ("TASKYARD_PROT", "3000", "not a setting"),
    ],
)
def test_mistake_is_one_line_that_names_the_variable(name: str, value: str, expected: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({name: value}, None)
    assert name in str(caught.value)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_secret_value_is_never_shown() -> None:
    texts = {"TASKYARD_DATABASE_URL": "mysql://owner:hunter2@host/db"}
    with pytest.raises(SettingsError) as caught:
        load_settings(texts, None)
    assert "hunter2" not in str(caught.value)
    assert not any("hunter2" in row[1] for row in describe(texts))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "tasks.localhost"])
def test_plain_http_is_fine_on_this_machine(host: str) -> None:
    assert load_settings({"TASKYARD_PUBLIC_URL": f"http://{host}:80"}, None).public_url == f"http://{host}:80"


def test_origins_are_taken_as_browsers_write_them() -> None:
    assert load_settings({}, None).allowed_origins == ()
    origins = ("https://app.example", "https://app.example:8443", "http://localhost:5173", "http://[::1]:5173")
    assert load_settings({"TASKYARD_ALLOWED_ORIGINS": " , ".join(origins)}, None).allowed_origins == origins


def test_plain_http_beyond_this_machine_is_refused_unless_allowed() -> None:
    texts = {"TASKYARD_PUBLIC_URL": "http://tasks.example.com"}
    with pytest.raises(SettingsError, match="TASKYARD_ALLOW_PLAIN_HTTP"):
        load_settings(texts, None)
    assert load_settings(texts | {"TASKYARD_ALLOW_PLAIN_HTTP": "yes"}, None).allow_plain_http


def test_environment_wins_over_dotenv(tmp_path: Path) -> None:
    settings = load_dotenv(tmp_path, "TASKYARD_PORT=4000\nTASKYARD_POOL_SIZE=3\n", {"TASKYARD_PORT": "5000"})
    assert (settings.port, settings.pool_size) == (5000, 3)


def test_dotenv_knows_quotes_comments_and_other_programs(tmp_path: Path) -> None:
    text = "# ours\nOTHER=1\nexport TASKYARD_HOST='0.0.0.0'\nTASKYARD_PORT=4000 # web\n\nTASKYARD_LIMITS=\n"
    settings = load_dotenv(tmp_path, text, {})
    assert (settings.host, settings.port, settings.limits_enforced) == ("0.0.0.0", 4000, True)  # noqa: S104 - is compared, not listened on


def test_broken_dotenv_line_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="line 2: expected NAME=value"):
        load_dotenv(tmp_path, "TASKYARD_PORT=4000\nnonsense\n", {})


def test_unreadable_dotenv_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot read"):
        read_environment({}, tmp_path)


def test_split_services_listen_after_the_gateway() -> None:
    settings = load_settings({"TASKYARD_PORT": "4000", "TASKYARD_TASK_URL": "http://tasks:80/"}, None)
    assert settings.listening_port("project") == 4003
    assert settings.service_urls["task"] == ("http://tasks:80",)


def load_dotenv(folder: Path, text: str, environ: dict[str, str]) -> Settings:
    path = folder / ".env"
    path.write_text(text)
    return load_settings(environ, path)


def test_a_service_has_one_or_several_addresses() -> None:
    settings = load_settings({"TASKYARD_TASK_URL": "http://a:3002, http://b:3002/"}, None)
    assert settings.service_urls["task"] == ("http://a:3002", "http://b:3002")


@pytest.mark.parametrize("text", [",", "http://a,http://a/", "http://a,ftp://b", "a:3002"])
def test_addresses_of_a_service_are_different_urls(text: str) -> None:
    with pytest.raises(SettingsError, match="TASKYARD_TASK_URL"):
        load_settings({"TASKYARD_TASK_URL": text}, None)
