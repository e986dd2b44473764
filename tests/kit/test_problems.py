"""Problem documents."""

import msgspec
import pytest

from taskyard.kit import problems
from taskyard.kit.problems import Problem


def _kinds(of: type[Problem] = Problem) -> list[type[Problem]]:
    return [of, *(kind for below in of.__subclasses__() for kind in _kinds(below))]


@pytest.mark.parametrize("kind", _kinds(), ids=lambda kind: kind.__name__)
def test_every_problem_has_a_code_a_sentence_and_a_status(kind: type[Problem]) -> None:
    assert kind.code().replace("_", "").isalpha()
    assert kind.title().endswith((".", "!"))
    assert 400 <= kind.status <= 504


def test_document_is_as_rfc_9457_wants_it() -> None:
    document = problems.invalid("/title", "Too long.").document("trace-1")

    assert msgspec.to_builtins(document) == {
        "type": "urn:taskyard:problem:invalid_input",
        "title": "Some of the input is not valid.",
        "status": 422,
        "code": "invalid_input",
        "detail": "Too long.",
        "trace_id": "trace-1",
        "errors": [{"pointer": "/title", "detail": "Too long."}],
    }


def test_detail_defaults_to_the_title_and_errors_are_left_out_when_there_are_none() -> None:
    document = msgspec.to_builtins(problems.NotFound().document(""))

    assert document["detail"] == document["title"]
    assert "errors" not in document


@pytest.mark.parametrize(
    ("problem", "name", "value"),
    [
        (problems.Unauthenticated(), "WWW-Authenticate", 'Bearer realm="taskyard"'),
        (problems.InvalidToken(), "WWW-Authenticate", 'Bearer realm="taskyard", error="invalid_token"'),
        (problems.Unavailable(), "Retry-After", "1"),
        (problems.OutcomeUnknown(), "Retry-After", "1"),
        (problems.IdempotencyKeyInUse(), "Retry-After", "1"),
        (problems.TooManyRequests(headers={"Retry-After": "9"}), "Retry-After", "9"),
    ],
)
def test_refusal_tells_how_to_go_on(problem: Problem, name: str, value: str) -> None:
    assert problem.headers[name] == value
