"""Let schemathesis ask a Taskyard of its own whatever its OpenAPI document allows and forbids: `make fuzz`.

It has an environment of its own (requirements/fuzzing.lock). A person signs in anew every few seconds, because some of
the operations end sessions; what they made is named in the questions, so that most reach what they are about.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx

from tests.journeys.stack import Stack, running

ROOT = Path(__file__).parent.parent
SCHEMATHESIS = ROOT / ".venv-fuzzing/bin/schemathesis"
ACCOUNT = {"email": "fuzz@example.com", "password": "seven violet harbours"}
TASKS = 40
EXCLUDED = r"(/stream|/events|^/oauth|/auth/logout|^/api/v1/me$)"
"""Streams do not end; forms and redirects of OAuth have the clients of others (tests/clients); an account is kept."""


def main() -> int:
    """Run it with the arguments that are given on, against one process; schemathesis' own exit code."""
    with tempfile.TemporaryDirectory(prefix="taskyard-fuzzing-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with running(Stack(folder / "home", "one", limits="off")) as stack:
            config = folder / "schemathesis.toml"
            config.write_text(_config(_prepare(stack)))
            found = _run(stack, config, sys.argv[1:])
            if "request.failed" in stack.output():
                sys.stderr.write("A request failed inside; the log says where.\n")
                return 1
            return found


def _prepare(stack: Stack) -> dict[str, list[str]]:
    """Make an account and what its questions can be about; the names of parameters with values that exist."""
    with httpx.Client(base_url=f"http://127.0.0.1:{stack.port}/api/v1", timeout=30) as client:

        def post(path: str, body: object) -> dict[str, str]:
            answer = client.post(path, json=body)
            answer.raise_for_status()
            made: dict[str, str] = answer.json()
            return made

        post("/auth/register", {**ACCOUNT, "name": "Fuzz"})
        client.headers["Authorization"] = f"Bearer {post('/auth/login', ACCOUNT)['access_token']}"
        workspace = post("/workspaces", {"name": "Fuzzing", "slug": "fuzzing"})
        projects = [
            post("/projects", {"workspace_id": workspace["id"], "name": f"Project {key}", "key": key})["id"]
            for key in ("FA", "FB", "FC", "FD")
        ]
        tasks = [
            post("/tasks", {"project_id": projects[number % 4], "title": f"Task {number}"})["id"]
            for number in range(TASKS)
        ]
    return {"workspace_id": [workspace["id"]], "project_id": projects, "ref": tasks}


def _config(values: dict[str, list[str]]) -> str:
    lines = [
        "[checks]",
        "# a schema cannot say that a cursor is of this list, or that a link was mailed by us: 422 says so",
        'positive_data_acceptance.expected-statuses = ["2xx", "3xx", 400, 401, 403, 404, 409, 410, 412, 422, 429, 503]',
        "[dictionaries]",
        *(f"known_{name} = {{ values = {json.dumps(known)} }}" for name, known in values.items()),
        "[parameters]",
        *(f'"path.{name}" = {{ dictionary = "known_{name}", probability = 0.8 }}' for name in values),
    ]
    return "\n".join(lines) + "\n"


def _run(stack: Stack, config: Path, more: list[str]) -> int:
    address = f"http://127.0.0.1:{stack.port}"
    command = [SCHEMATHESIS, "--config-file", config, "run", f"{address}/api/v1/openapi.json", "--url", address]
    options = ["--exclude-path-regex", EXCLUDED, "--continue-on-failure", "--phases", "coverage,fuzzing,stateful"]
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "SCHEMATHESIS_HOOKS": "scripts.fuzz_hooks",
        "FUZZ_ADDRESS": address,
        "FUZZ_ACCOUNT": json.dumps(ACCOUNT),
    }
    found = subprocess.run([*command, *options, *more], cwd=config.parent, env=environment, check=False)  # noqa: S603 - our own
    return found.returncode


if __name__ == "__main__":
    sys.exit(main())
