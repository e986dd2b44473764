"""The public: everybody, signed in or not, as a subject of the access relation.

``project.access_v1`` has a row for it in each public project, and ``project.subjects_v2`` lets it act where a workspace
has public projects. So what it sees is decided by the statements that decide for everybody else.
"""

from taskyard.kit.principal import Principal

THE_PUBLIC = Principal(id="00000000-0000-8000-8000-000000000000", is_strong=True)
"""Who reads what is public. Its id is a UUID of version 8, so no person has it, and nobody can name it as one."""
