"""41: every route gives everybody what their role says: no right 403, another workspace 404, no credential 401.

The routes are those of the OpenAPI document, what they ask for is in `needs.py`, the requests are those of
`tests/journeys/recipes`.
"""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx

from tests.journeys.recipes.book import RECIPES, writes_of
from tests.journeys.recipes.scene import Request
from tests.security.company import Company, ask_everybody, kind_of
from tests.security.need_words import ONESELF
from tests.security.needs import NEEDS
from tests.security.world import OPEN, make_world

SAMPLE = 5
"""Of how many writes one is tried in five processes; in one process it is all of them."""
ASKED: dict[str, dict[str, str]] = {
    "GET /api/v1/permissions/check": {"permission": "project_view", "project_id": "project_id"},
    "GET /api/v1/permissions/explain": {"permission": "project_view", "project_id": "project_id"},
    "GET /api/v1/reports/burndown": {"iteration_id": "iteration_id"},
    "GET /api/v1/search": {"q": "plan"},
}
"""Queries of reads that ask for more than their address; a value that names an id is that id."""


def _document(company: Company) -> dict[str, Any]:
    document: dict[str, Any] = company.ann.get("/openapi.json")
    return document


def _operations(document: dict[str, Any]) -> list[str]:
    paths = document["paths"].items()
    return [f"{method.upper()} {path}" for path, methods in paths if path not in OPEN for method in methods]


def test_every_route_says_what_it_asks_for(company: Company) -> None:
    operations = set(_operations(_document(company)))
    assert operations - set(NEEDS) == set(), "say in tests/security/needs.py what these ask of their caller"
    assert set(NEEDS) - operations == set(), "these are no routes: take them out of tests/security/needs.py"


def test_nobody_gets_in_without_a_credential(company: Company) -> None:
    ids, _ = make_world(company.register)
    with company.ann.stack.client() as client:
        answers = {
            operation: client.request(operation.split()[0], _filled(operation.split()[1], ids)).status_code
            for operation in NEEDS
        }
    assert {operation: status for operation, status in answers.items() if status != httpx.codes.UNAUTHORIZED} == {}


def test_reads_answer_every_role_as_they_should(company: Company) -> None:
    ids, _ = make_world(company.register, company.ann)
    company.bring_in(ids["workspace_id"], ids["project_id"])
    document, wrong = _document(company), []
    for operation, need in NEEDS.items():
        method, path = operation.split(" ")
        if method != "GET" or "stream" in path:
            continue
        query = _query(document["paths"][path]["get"], ids)
        query |= {name: ids.get(value, value) for name, value in ASKED.get(operation, {}).items()}
        wrong += _wrong(company, operation, need, partial(Request, ids=ids, query=query))
    assert not wrong, "\n".join(wrong)


def test_writes_answer_every_role_as_they_should(company: Company) -> None:
    writes = [operation for operation in writes_of(_document(company)) if operation in NEEDS]
    wrong: list[str] = []
    for operation in writes if company.ann.stack.shape == "one" else writes[::SAMPLE]:
        wrong += _wrong(company, operation, NEEDS[operation], partial(RECIPES[operation], company))
    assert not wrong, "\n".join(wrong)


def test_a_role_that_may_more_or_less_than_it_should_is_noticed(company: Company) -> None:
    operation = "PATCH /api/v1/tasks/{ref}"
    prepare = partial(RECIPES[operation], company)
    assert [line.split(" by ")[1].split(":")[0] for line in _wrong(company, operation, "project_edit", prepare)] == [
        "member"
    ]
    assert len(_wrong(company, operation, "project_view", prepare)) == 2


def _wrong(company: Company, operation: str, need: str, prepare: Callable[[], Request]) -> list[str]:
    """Who got another answer than the one that is due to them."""
    if need == ONESELF and "{" not in operation:
        return []
    return [
        f"{operation} ({need}) by {caller}: {kind_of(operation, answer)} in place of {expected} {answer.text[:80]}"
        for caller, expected, answer in ask_everybody(company, operation, need, prepare)
        if kind_of(operation, answer) != expected
    ]


def _filled(path: str, ids: dict[str, str]) -> str:
    return re.sub(r"{(\w+)}", lambda match: ids[match[1]], path)


def _query(operation: dict[str, Any], ids: dict[str, str]) -> dict[str, str]:
    """What a read has to be asked with."""
    asked = [part for part in operation.get("parameters", ()) if part["in"] == "query" and part.get("required")]
    return {part["name"]: ids[part["name"]] for part in asked if part["name"] in ids}
