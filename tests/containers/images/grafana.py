"""Stands in for Grafana: reads the same files in the same places as the same user, and answers what we ask of it."""

import base64
import json
import os
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

PROVISIONING, DATA = Path("/etc/grafana/provisioning"), Path("/var/lib/grafana")
PASSWORD = Path(os.environ["GF_SECURITY_ADMIN_PASSWORD__FILE"]).read_text(encoding="utf-8").strip()


def entries(kind: str) -> list[dict[str, Any]]:
    """What the files of one kind declare."""
    names = {"datasources": "datasources", "dashboards": "providers"}
    files = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((PROVISIONING / kind).glob("*.yml"))]
    return [entry for file in files for entry in file[names[kind]]]


def find_dashboard(uid: str) -> dict[str, Any]:
    """Read the dashboard from the folders that the providers name."""
    folders = [Path(provider["options"]["path"]) for provider in entries("dashboards")]
    found = [json.loads(path.read_text(encoding="utf-8")) for folder in folders for path in folder.glob("*.json")]
    return {"dashboard": next(dashboard for dashboard in found if dashboard["uid"] == uid)}


def ask_source(uid: str) -> dict[str, str]:
    """Ask the data source whether it can calculate."""
    source = next(source for source in entries("datasources") if source["uid"] == uid)
    with urllib.request.urlopen(f"{source['url']}/api/v1/query?query=1", timeout=5) as answer:  # noqa: S310 - ours
        return {"status": "OK" if json.load(answer)["status"] == "success" else "ERROR"}


class Handler(BaseHTTPRequestHandler):
    """Knows three paths; whatever goes wrong is a 404 with the reason."""

    def do_GET(self) -> None:
        """Answer."""
        wanted = "Basic " + base64.b64encode(f"admin:{PASSWORD}".encode()).decode()
        if self.path != "/api/health" and self.headers["Authorization"] != wanted:
            return self._answer(401, {"message": "Unauthorized"})
        try:
            return self._answer(200, self._find(self.path.split("/")[2:]))
        except (OSError, LookupError, ValueError, StopIteration) as error:
            return self._answer(404, {"message": repr(error)})

    def _find(self, parts: list[str]) -> dict[str, Any]:
        if parts == ["health"]:
            return {"database": "ok"}
        if parts[:2] == ["dashboards", "uid"]:
            return find_dashboard(parts[2])
        if parts[:2] == ["datasources", "uid"] and parts[3:] == ["health"]:
            return ask_source(parts[2])
        raise LookupError(self.path)

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


if __name__ == "__main__":
    # Grafana keeps its own database there.
    (DATA / "grafana.db").touch()
    ThreadingHTTPServer(("0.0.0.0", 3000), Handler).serve_forever()  # noqa: S104 - in a container
