"""What the project service announces of a project that was made like another and is to get its tasks too."""

import msgspec

PROJECT_COPY_CREATED = "project_copy.created.v1"
"""For who asked alone: others need not see the project that it was made like."""


class ProjectCopied(msgspec.Struct, frozen=True):
    """A new project, the one it was made like, and the job in which the task service makes its tasks."""

    id: str
    workspace_id: str
    source_id: str
    asked_by: str
    job_id: str
