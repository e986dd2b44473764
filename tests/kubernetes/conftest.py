"""Manifests as kubectl would apply them."""

import copy
import functools
import os

import pytest
import yaml

from scripts.render_manifests import find_kubectl, render
from tests.kubernetes.resources import Resource


@functools.cache
def rendered_text(overlay: str) -> str:
    """One overlay, rendered once; skips where there is no kubectl."""
    kubectl = find_kubectl()
    if kubectl is None:
        assert not os.environ.get("TASKYARD_TEST_REQUIRE_TOOLS"), "kubectl is not installed"
        pytest.skip("kubectl is not installed (`make manifests` brings one on Linux)")
    return render(overlay, kubectl)


@functools.cache
def loaded(text: str) -> list[Resource]:
    """The resources of a rendered text; who changes them copies them first."""
    return list(yaml.safe_load_all(text))


@pytest.fixture
def resources(request: pytest.FixtureRequest) -> list[Resource]:
    """The resources of the overlay a test is parametrised with."""
    return copy.deepcopy(loaded(rendered_text(request.param)))
