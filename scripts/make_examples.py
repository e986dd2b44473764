"""Writes the examples of the OpenAPI document: what a Taskyard of its own is really asked and really answers.

``make examples`` calls it. Writes are sent as the recipes of the journeys do, reads as the world of the role tests has
them. What differs from run to run (ids, moments, addresses) and what is secret is replaced by something that stays.
"""

import json
import re
import sys
import tempfile
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import httpx

from taskyard.gateway.routes import STREAM_PATHS
from tests.journeys.people import Someone
from tests.journeys.recipes.book import RECIPES
from tests.journeys.recipes.reads import READS
from tests.journeys.recipes.scene import Request, Scene
from tests.journeys.recipes.stage import set_scene
from tests.journeys.stack import Stack, running
from tests.security.world import list_routes, make_world

FILE = Path(__file__).resolve().parent.parent / "src/taskyard/gateway/assets/examples.json"
MOST_ITEMS, LONGEST_TEXT, LARGEST_NUMBER = 2, 120, 1000
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_STEADY: tuple[tuple[str, str], ...] = (
    (r"https?://(127\.0\.0\.1|localhost):\d+(/p[0-9a-f]{12})?", "https://tasks.example.com"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)", "2026-11-02T09:00:00Z"),
    (r"^\d{4}-\d\d-\d\d$", "2026-11-02"),
    (r"[\w.+-]+@[\w-]+(\.[\w-]+)+", "ann@example.com"),
    (r"\beyJ[\w-]+\.[\w.-]+", "eyJ..."),
    (r"\bwhsec_[\w+/=]+", "whsec_example"),
    (r"\bP[0-9A-F]{7}\b", "OPS"),
    (r"\b127\.0\.0\.1\b", "192.0.2.7"),
    (r"\b[0-9a-f]{32}\b", "Example"),
    (r"(?<![\w-])([a-z]{2,12}_)?(?=[\w-]*\d)[\w-]{20,}", r"\1example"),
    (r"-[0-9a-f]{6,}\b", ""),
    (r"\bSecret (?=[a-z])", "Our "),
)


def main() -> int:
    """Ask for everything, and write what was said."""
    with tempfile.TemporaryDirectory(prefix="taskyard-examples-") as folder, ExitStack() as people:
        Path(folder).chmod(0o755)  # the database runs as a user of its own
        stack = people.enter_context(running(Stack(Path(folder) / "home", "one", limits="off")))

        def register(*names: str) -> Someone:
            return people.enter_context(closing(Someone(stack, *names)))

        scene = set_scene(stack, register, Scene)
        recipes = {**RECIPES, **READS}
        examples = _reads(stack, register)
        examples |= {operation: _sent(scene, operation, recipe(scene)) for operation, recipe in recipes.items()}
        stack.stop()
    FILE.write_text(json.dumps(dict(sorted(examples.items())), ensure_ascii=False, indent=1) + "\n")
    sys.stdout.write(f"{len(examples)} examples in {FILE.name}\n")
    return 0


def _sent(scene: Scene, operation: str, request: Request) -> dict[str, Any]:
    answer = scene.send(operation, request, {})
    answer.raise_for_status()
    asked = {"form": request.form} if request.form is not None else {"request": request.body}
    return _example(asked, answer)


def _reads(stack: Stack, register: Any) -> dict[str, Any]:
    ann = register("Ann")
    ids, _ = make_world(register, ann)
    found = dict[str, Any]()
    for method, path, address, _ in list_routes(stack, ids):
        if method != "get" or path in STREAM_PATHS:
            continue
        answer = ann.client.get(address)
        if answer.status_code == httpx.codes.OK and answer.headers["content-type"].startswith("application/json"):
            found[f"GET {path}"] = _example({}, answer)
    return found


def _example(asked: dict[str, Any], answer: httpx.Response) -> dict[str, Any]:
    """What was asked and answered, with numbered ids in place of real ones."""
    ids = dict[str, str]()
    example = {kind: _stable(body, ids) for kind, body in asked.items() if body is not None}
    if answer.content and answer.headers.get("content-type", "").startswith("application/json"):
        example |= {"status": answer.status_code, "answer": _stable(answer.json(), ids)}
    return example


def _stable(value: Any, ids: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {_text(key, ids): _stable(item, ids) for key, item in value.items()}
    if isinstance(value, list):
        return [_stable(item, ids) for item in value[:MOST_ITEMS]]
    if isinstance(value, str):
        return _text(value, ids)
    if isinstance(value, int) and not isinstance(value, bool):
        return min(value, LARGEST_NUMBER)
    return value


def _text(text: str, ids: dict[str, str]) -> str:
    parts = _ID.split(text)
    named = [ids.setdefault(found, f"0190a000-0000-7000-8000-{len(ids) + 1:012}") for found in _ID.findall(text)]
    for pattern, steady in _STEADY:
        parts = [re.sub(pattern, steady, part) for part in parts]
    whole = "".join(part + (named[n] if n < len(named) else "") for n, part in enumerate(parts))
    return whole if len(whole) <= LONGEST_TEXT else f"{whole[:LONGEST_TEXT]}..."


if __name__ == "__main__":
    sys.exit(main())
