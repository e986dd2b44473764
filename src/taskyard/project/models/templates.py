"""Templates: what a new task may begin with."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from taskyard.contracts.fields import MOST_FIELDS, FieldKey, FieldValue
from taskyard.contracts.task import Priority
from taskyard.kit.ids import Id

TemplateName = Annotated[str, Meta(min_length=1, max_length=100)]
TemplateText = Annotated[str, Meta(max_length=100_000, description="Markdown.")]
TemplateLabels = Annotated[list[Id], Meta(max_length=50, description="Labels of the project.")]
TemplateEstimate = Annotated[float, Meta(ge=0, le=99_999_999)]
TemplateValues = Annotated[
    dict[FieldKey, FieldValue], Meta(max_length=MOST_FIELDS, description="Values of the project's own fields.")
]

MOST_TEMPLATES = 200


class NewTemplate(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A template to be made. What it holds is checked when a task is made from it."""

    name: TemplateName
    description: TemplateText = ""
    priority: Priority = "none"
    label_ids: TemplateLabels = []
    estimate: TemplateEstimate | None = None
    custom: TemplateValues = {}


class TemplatePatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What can be changed about a template; its values are replaced as a whole."""

    name: TemplateName | UnsetType = UNSET
    description: TemplateText | UnsetType = UNSET
    priority: Priority | UnsetType = UNSET
    label_ids: TemplateLabels | UnsetType = UNSET
    estimate: TemplateEstimate | UnsetType | None = UNSET
    custom: TemplateValues | UnsetType = UNSET


class Template(msgspec.Struct, frozen=True):
    """What a new task of the project begins with, where it names the template and does not say otherwise."""

    id: str
    workspace_id: str
    project_id: str
    name: str
    description: str
    priority: Priority
    label_ids: list[str]
    estimate: float | None
    custom: dict[str, FieldValue]
    created_at: datetime
    updated_at: datetime
    version: int
