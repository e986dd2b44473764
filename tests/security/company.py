"""A workspace with somebody of every role, and what each of them is to be answered."""

from collections.abc import Callable, Iterator, Mapping

import httpx

from taskyard.contracts.access import BUILT_IN_ROLES, Permission
from tests.journeys.people import Someone
from tests.journeys.recipes.scene import Request, Scene
from tests.security.need_words import ADMINISTRATORS, AUTHOR, IN_WORKSPACE, MAKER, ONESELF, OWN_CLIENT, SIGNED_IN
from tests.security.needs import HOLDING

ALLOWED, REFUSED, HIDDEN = "allowed", "refused", "hidden"
ROLES = ("guest", "viewer", "member", "admin", "owner")
OUTSIDE = ("stranger", "neighbour")
"""Somebody without a workspace, and the owner of another one."""
NAMED_IN_BODY = {"POST /api/v1/projects"}
"""Where a workspace that is not seen is a field of the body that does not fit."""
WHATEVER_THE_ROLE = {ADMINISTRATORS: REFUSED, MAKER: HIDDEN, SIGNED_IN: ALLOWED}


class Company(Scene):
    """Ann's workspace with one more person of each role; the guest is in every project too."""

    people: Mapping[str, Someone] = {}

    def hire(self) -> None:
        """Bring everybody in."""
        self.people = {role: self.register(role.capitalize()) for role in ROLES + OUTSIDE}
        self.people["neighbour"].workspace()
        self.bring_in(self.workspace, self.project)

    def bring_in(self, workspace: str, project: str) -> None:
        """Give everybody their role in a workspace of Ann's."""
        for role in ROLES:
            body = {"email": self.people[role].email, "role": role}
            self.ann.post(f"/workspaces/{workspace}/members", body)
        self._seat_guest(project)

    def new_project(self) -> str:
        """A project that the guest sees as well."""
        project = super().new_project()
        if self.people:
            self._seat_guest(project)
        return project

    def new_workspace(self) -> str:
        """A workspace with everybody in it."""
        workspace = super().new_workspace()
        self.bring_in(workspace, str(self.ann.project(workspace)["id"]))
        return workspace

    def _seat_guest(self, project: str) -> None:
        body = {"user_id": self.people["guest"].id, "role": "guest"}
        self.ann.post(f"/projects/{project}/members", body)


Answers = Iterator[tuple[str, str, httpx.Response]]


def ask_everybody(company: Company, operation: str, need: str, prepare: Callable[[], Request]) -> Answers:
    """Each caller, what they are to be answered, and what they were. Only who is allowed uses up what was prepared."""
    request = prepare()
    for caller, person in company.people.items():
        expected = expectation(need, caller, names_something="{" in operation)
        if expected is None:
            continue
        request.by = person
        yield caller, expected, company.send(operation, request, {})
        if expected == ALLOWED and not operation.startswith("GET"):
            request = prepare()


def expectation(need: str, caller: str, *, names_something: bool) -> str | None:
    """What a caller is to be answered, None where a request would be about themselves only."""
    if need == ONESELF:
        return HIDDEN if names_something else None
    if need in WHATEVER_THE_ROLE:
        return WHATEVER_THE_ROLE[need]
    if caller in OUTSIDE:
        return HIDDEN
    if need in (IN_WORKSPACE, AUTHOR):
        return ALLOWED if need == IN_WORKSPACE else REFUSED
    needed, seeing = HOLDING[need] if need in HOLDING else (Permission[need.upper()], BUILT_IN_ROLES[caller])
    if not seeing & BUILT_IN_ROLES[caller]:
        return HIDDEN
    allowed = HIDDEN if need == OWN_CLIENT else ALLOWED
    return allowed if needed & BUILT_IN_ROLES[caller] else REFUSED


def kind_of(operation: str, answer: httpx.Response) -> str:
    """Which of the three an answer is. What only a body names is hidden by a field that does not fit (422) as well."""
    if answer.is_success:
        return ALLOWED
    kinds = {httpx.codes.FORBIDDEN.value: REFUSED, httpx.codes.NOT_FOUND.value: HIDDEN}
    if operation in NAMED_IN_BODY:
        kinds[httpx.codes.UNPROCESSABLE_ENTITY.value] = HIDDEN
    return kinds.get(answer.status_code, str(answer.status_code))
