"""Fields of a project's own, which its tasks have besides those that every task has."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from taskyard.contracts.fields import FieldKey, FieldKind, FieldValue

FieldName = Annotated[str, Meta(min_length=1, max_length=60)]
Option = Annotated[str, Meta(min_length=1, max_length=60)]
Options = Annotated[list[Option], Meta(max_length=200, description="What a `select` or `multi_select` offers.")]


class NewField(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A field to be made. New tasks get its default; a required one they must have, those there are when changed."""

    key: FieldKey
    name: FieldName
    kind: FieldKind
    is_required: bool = False
    options: Options = []
    default: FieldValue | None = None


class FieldPatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What can be changed about a field; its key and kind stay. Tasks keep an option that is no longer offered."""

    name: FieldName | UnsetType = UNSET
    is_required: bool | UnsetType = UNSET
    options: Options | UnsetType = UNSET
    default: FieldValue | UnsetType | None = UNSET


class Field(msgspec.Struct, frozen=True):
    """A field that tasks of a project have in ``custom``, under its key."""

    id: str
    workspace_id: str
    project_id: str
    key: str
    name: str
    kind: FieldKind
    is_required: bool
    options: list[str]
    default: FieldValue | None
    created_at: datetime
    updated_at: datetime
    version: int
