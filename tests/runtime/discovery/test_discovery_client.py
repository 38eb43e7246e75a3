"""What a server serves, from aggregated and from legacy discovery, whole and in part."""

from __future__ import annotations

from typing import Any

import pytest

from kubewright.discovery import DiscoveryClient, ServerAPIs
from kubewright.errors import DecodeError, ForbiddenError, ServiceUnavailableError
from kubewright.schema import GroupVersion, GroupVersionKind
from kubewright.testing import FakeCluster
from tests.support.discovering import Answers, api_version, discovery_list, resource

CORE = {"": [api_version("v1", resource("pods", "Pod", subs=("log", "status"), shortNames=["po"]))]}
APPS = {
    "apps": [
        api_version("v1", resource("deployments", "Deployment", subs=("scale",))),
        api_version("v1beta1", resource("deployments", "Deployment"), resource("old", "Old")),
    ]
}


def read(api: Any, apis: Any) -> ServerAPIs:
    return DiscoveryClient(Answers({"/api": api, "/apis": apis}).client()).apis()


def names(apis: ServerAPIs) -> list[str]:
    return [str(each.gvr) for each in apis.resources]


def test_two_requests_tell_everything() -> None:
    server = Answers({"/api": discovery_list(CORE), "/apis": discovery_list(APPS)})
    apis = DiscoveryClient(server.client()).apis()
    assert server.asked == ["/api", "/apis"]
    assert names(apis) == [
        "pods.v1.core",
        "deployments.v1.apps",
        "deployments.v1beta1.apps",
        "old.v1beta1.apps",
    ]
    pods = apis.resources[0]
    assert pods.kind == GroupVersionKind("", "v1", "Pod")
    assert pods.info.short_names == ("po",)
    assert pods.info.namespaced
    assert [sub.name for sub in pods.subresources] == ["log", "status"]
    assert pods.subresource("status") is not None
    assert pods.subresource("scale") is None


def test_each_resource_is_preferred_at_one_version() -> None:
    apis = read(discovery_list(CORE), discovery_list(APPS))
    preferred = [str(each.gvr) for each in apis.preferred()]
    assert preferred == ["pods.v1.core", "deployments.v1.apps", "old.v1beta1.apps"]


def test_a_stale_version_is_a_failure_and_not_preferred() -> None:
    stale = {"m": [api_version("v2", stale=True), api_version("v1", resource("ms", "M"))]}
    apis = read(discovery_list(CORE), discovery_list(stale))
    assert list(apis.failures) == [GroupVersion("m", "v2")]
    assert apis.groups[-1].preferred_version == "v1"


def test_a_resource_without_a_kind_is_left_out() -> None:
    odd = {"m": [api_version("v1", {"resource": "ms", "scope": "Cluster", "verbs": ["get"]})]}
    assert names(read(discovery_list({}), discovery_list(odd))) == []


def test_a_server_without_the_core_group_is_one() -> None:
    assert names(read(404, discovery_list(APPS)))[0] == "deployments.v1.apps"


@pytest.mark.parametrize(
    ("api", "apis"), [(403, discovery_list(APPS)), (discovery_list(CORE), 403)]
)
def test_a_refusal_is_an_error(api: Any, apis: Any) -> None:
    with pytest.raises(ForbiddenError):
        read(api, apis)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "APIGroupDiscoveryList", "items": 3},
        {"kind": "APIGroupDiscoveryList", "items": [{"versions": [{"version": 1}]}]},
        {"kind": "APIGroupList", "groups": [{"name": 7}]},
        {"kind": "APIGroupList", "groups": ["apps"]},
    ],
)
def test_what_is_no_discovery_is_an_error(wrong: Any) -> None:
    with pytest.raises(DecodeError):
        read(discovery_list(CORE), wrong)


LEGACY: dict[str, Any] = {
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {
        "kind": "APIGroupList",
        "groups": [
            {
                "name": "apps",
                "versions": [{"version": "v1beta1"}, {"version": "v1"}],
                "preferredVersion": {"version": "v1"},
            }
        ],
    },
    "/api/v1": {
        "resources": [
            {"name": "pods/log", "kind": "Pod", "namespaced": True, "verbs": ["get"]},
            {"name": "pods", "kind": "Pod", "namespaced": True, "verbs": ["list", "get"]},
        ]
    },
    "/apis/apps/v1": {
        "resources": [
            {
                "name": "deployments",
                "singularName": "deployment",
                "kind": "Deployment",
                "namespaced": True,
                "verbs": ["get"],
                "shortNames": ["deploy"],
            },
            {
                "name": "deployments/scale",
                "group": "autoscaling",
                "version": "v1",
                "kind": "Scale",
                "namespaced": True,
                "verbs": ["get"],
            },
        ]
    },
    "/apis/apps/v1beta1": {"resources": []},
}


def test_legacy_discovery_tells_the_same() -> None:
    server = Answers(LEGACY)
    apis = DiscoveryClient(server.client()).apis()
    assert sorted(server.asked) == sorted(LEGACY)
    assert names(apis) == ["pods.v1.core", "deployments.v1.apps"]
    assert apis.groups[-1].preferred_version == "v1"
    scale = apis.resources[1].subresource("scale")
    assert scale is not None
    assert scale.kind == GroupVersionKind("autoscaling", "v1", "Scale")
    assert [sub.name for sub in apis.resources[0].subresources] == ["log"]


def test_what_does_not_answer_is_asked_twice_and_told_beside_the_rest() -> None:
    server = Answers({**LEGACY, "/apis/apps/v1beta1": 503})
    apis = DiscoveryClient(server.client()).apis()
    assert server.asked.count("/apis/apps/v1beta1") == 2
    assert list(apis.failures) == [GroupVersion("apps", "v1beta1")]
    assert names(apis) == ["pods.v1.core", "deployments.v1.apps"]


def test_the_version_of_the_server() -> None:
    version = DiscoveryClient(FakeCluster().rest).server_version()
    assert (version.major, version.git_version[:2]) == ("1", "v1")


def test_a_server_that_is_down_is_an_error() -> None:
    with pytest.raises(ServiceUnavailableError):
        read(503, 503)


def test_legacy_and_aggregated_discovery_of_one_server_agree() -> None:
    cluster = FakeCluster()

    class Old(Answers):
        def send(self, request: Any) -> Any:
            plain = type(request)(request.method, request.path)
            return cluster.send(plain)

    old = DiscoveryClient(Old({}).client()).apis()
    new = DiscoveryClient(cluster.rest).apis()

    def told(apis: ServerAPIs) -> dict[str, Any]:
        return {
            str(each.gvr): (each.info, sorted(sub.name for sub in each.subresources))
            for each in apis.resources
        }

    assert told(old) == told(new)
    assert old.groups == new.groups


def test_a_group_that_makes_no_sense_does_not_spoil_the_others() -> None:
    odd = {"resources": [{"name": "odds", "kind": "Odd", "verbs": "get", "shortNames": 3}]}
    apis = DiscoveryClient(Answers({**LEGACY, "/apis/apps/v1beta1": odd}).client()).apis()
    assert "deployments.v1.apps" in names(apis)
    assert list(apis.failures) == [GroupVersion("apps", "v1beta1")]
