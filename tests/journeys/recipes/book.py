"""All recipes together, and the routes that have none."""

from collections.abc import Iterable, Mapping
from typing import Any

from tests.journeys.recipes import auth, federation, notification, project, task
from tests.journeys.recipes.scene import Recipes, Silent

OF_SERVICE: Mapping[str, Recipes] = {
    "auth": {**auth.RECIPES, **federation.RECIPES},
    "project": project.RECIPES,
    "task": task.RECIPES,
    "notification": notification.RECIPES,
}
RECIPES: Recipes = {name: recipe for recipes in OF_SERVICE.values() for name, recipe in recipes.items()}
SILENT: Silent = {**auth.SILENT, **federation.SILENT, **project.SILENT, **task.SILENT, **notification.SILENT}
WRITES = ("post", "put", "patch", "delete")


def writes_of(document: Mapping[str, Any]) -> list[str]:
    """Every write that an OpenAPI document describes, such as ``POST /api/v1/tasks``."""
    return [
        f"{method.upper()} {path}"
        for path, operations in document["paths"].items()
        for method in operations
        if method in WRITES
    ]


def list_gaps(writes: Iterable[str], recipes: Iterable[str], place: str) -> list[str]:
    """What is missing from some recipes, or in them for nothing; ``place`` says where they are."""
    there, known = set(writes), set(recipes)
    gaps = [f"{operation} has no recipe: add one to tests/journeys/recipes/{place}" for operation in there - known]
    gaps += [f"{operation} is no route: take it out of tests/journeys/recipes/{place}" for operation in known - there]
    return sorted(gaps)
