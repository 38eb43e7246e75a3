"""Kinds of which an update makes what is not there, and paths that built-in kinds do not have."""

from __future__ import annotations

from typing import Any

import pytest

from kubewright.testing import FakeCluster
from tests.support.apiserver import Endpoint
from tests.support.built_in_objects import BUILT_IN_OBJECTS, path_of
from tests.support.fake_cluster import MERGE, call
from tests.support.same_answers import Send, on_fake, on_server

KINDS = ["endpoints", "lease", "limit range", "role", "role binding", "config map", "quota"]


@pytest.mark.conformance
@pytest.mark.parametrize("name", KINDS)
def test_an_update_of_what_is_not_there(api_server: Endpoint, namespace: str, name: str) -> None:
    group_version, plural, short = BUILT_IN_OBJECTS[name]
    path = f"{path_of(group_version, plural, namespace)}/a"

    def ask(send: Send) -> Any:
        nameless = send("PUT", path, {**short, "metadata": {}})[0]
        made = send("PUT", path, {**short, "metadata": {"name": "a"}})[0]
        return [nameless, made, send("GET", path)[0]]

    assert ask(on_fake(FakeCluster())) == ask(on_server(api_server))


@pytest.mark.conformance
@pytest.mark.parametrize("path", ["configmaps/a/status", "configmaps/a/scale", "pods/a/scale"])
def test_a_subresource_that_a_kind_does_not_have(
    api_server: Endpoint, namespace: str, path: str
) -> None:
    at = f"/api/v1/namespaces/{namespace}/{path}"

    fake, real = (
        send("PATCH", at, {}, content_type=MERGE)
        for send in (on_fake(FakeCluster()), on_server(api_server))
    )
    assert fake == real


def test_a_role_is_made_by_an_update() -> None:
    path = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles/a"

    status, made = call(FakeCluster(), "PUT", path, {"metadata": {"name": "a"}})

    assert (status, made["metadata"]["name"]) == (201, "a")
