"""Keys: made once, private, and everything else follows from them."""

import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from taskyard.kit.keys import (
    KeyFileError,
    Keys,
    decode_key,
    encode_key,
    load_master_key,
    load_or_create_master_key,
    role_password,
    service_key,
)

MASTER = bytes(range(32))


def test_master_key_is_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    key = load_or_create_master_key(path)
    assert len(key) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_or_create_master_key(path) == key
    assert list(tmp_path.iterdir()) == [path]


def test_first_starts_at_the_same_moment_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(load_or_create_master_key, [tmp_path / "master.key"] * 32))
    assert len(keys) == 1


def test_key_file_may_hold_base64(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(encode_key(MASTER) + "\n")
    assert load_master_key(path) == MASTER


def test_damaged_key_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(b"short")
    with pytest.raises(KeyFileError, match="damaged"):
        load_or_create_master_key(path)


def test_missing_key_file_is_not_invented(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="cannot read"):
        load_master_key(tmp_path / "key")


def test_unwritable_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="cannot use"):
        load_or_create_master_key(tmp_path / "missing" / "key")


def test_services_purposes_and_roles_get_different_secrets() -> None:
    auth, task = Keys(service_key(MASTER, "auth")), Keys(service_key(MASTER, "task"))
    secrets = {
        auth.derive("cursors"),
        auth.derive("totp"),
        task.derive("cursors"),
        auth.public_key(),
        task.public_key(),
    }
    assert len(secrets) == 5
    assert role_password(MASTER, "taskyard_auth") != role_password(MASTER, "taskyard_task")


def test_derived_keys_never_change() -> None:
    keys = Keys(service_key(MASTER, "auth"))
    assert keys.derive("x") == Keys(service_key(MASTER, "auth")).derive("x")
    assert base64.b64encode(keys.derive("x", 8)) == base64.b64encode(keys.derive("x")[:8])
    signature = keys.signing_key().sign(b"message")
    keys.signing_key().public_key().verify(signature, b"message")


def test_wrong_length_is_no_key() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        decode_key(base64.b64encode(b"short").decode())
