"""Comments on tasks, and what decides who may write, change and delete them."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from taskyard.contracts.task import CommentSnapshot
from taskyard.kit.ids import Id
from taskyard.task.models.anchors import Archived

MOST_CHARACTERS, MOST_MENTIONS = 20_000, 50
Body = Annotated[
    str,
    Meta(
        min_length=1,
        description=f"Markdown, at most {MOST_CHARACTERS} characters without blank lines around it. `@` and a person's "
        f"id mentions them; at most {MOST_MENTIONS} people, who all see the project.",
    ),
]
CommentSort = Literal["created_at", "-created_at"]


class Comment(CommentSnapshot, frozen=True):
    """A comment as clients see it; ``edited_at`` is null until its body was changed."""


class RenderedComment(Comment, frozen=True):
    """A comment with its body as HTML that is safe to show."""

    body_html: str


class CommentFilter(msgspec.Struct, frozen=True):
    """Which comments on a task a list holds, and in which order."""

    task_id: str
    reply_to: str | None = None
    sort: CommentSort = "created_at"

    @property
    def listing(self) -> str:
        """The name of this list for its cursors."""
        return "comments:" + msgspec.json.encode(self).decode()


class NewComment(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A comment to be written. Whom it mentions is read from its body."""

    body: Body
    reply_to: Annotated[Id, Meta(description="A comment on the same task; the thread of a reply is joined.")] | None = (
        None
    )


class CommentPatch(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A JSON Merge Patch (RFC 7396) of a comment."""

    body: Body | UnsetType = UNSET


class Thread(msgspec.Struct, frozen=True):
    """Where a new comment goes: its task, and what the caller may do there."""

    workspace_id: str
    project_id: str
    task_id: str
    archived: Archived | None
    permissions: int
    outsider_ids: list[str]
    """Those of the people to be mentioned who do not see the project."""
    root_id: str | None
    """The first comment of the thread that is answered to, where there is such a comment."""


class Standing(msgspec.Struct, frozen=True):
    """What decides whether somebody may change a comment: whose it is, and what the caller may do there."""

    author_id: str
    permissions: int


class LockedComment(msgspec.Struct, frozen=True):
    """A comment locked for change, with what decides whether it may be changed."""

    comment: Comment
    archived: Archived | None
    permissions: int

    @property
    def standing(self) -> Standing:
        """The part that is the same for a stored answer."""
        return Standing(self.comment.author_id, self.permissions)
