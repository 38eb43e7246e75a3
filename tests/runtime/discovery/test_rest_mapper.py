"""Which resource a name or a kind means."""

from __future__ import annotations

import logging

import pytest

from kubewright.discovery import (
    AmbiguousMatchError,
    DiscoveryClient,
    NoMatchError,
    RESTMapper,
)
from kubewright.schema import GroupVersion, GroupVersionKind, GroupVersionResource
from tests.support.discovering import Answers, api_version, discovery_list, resource

CORE = [
    api_version(
        "v1",
        resource("pods", "Pod", shortNames=["po"], categories=["all"]),
        resource("events", "Event", shortNames=["ev"]),
    )
]
GROUPS = {
    "apps": [
        api_version("v1", resource("deployments", "Deployment", shortNames=["deploy"])),
        api_version("v1beta1", resource("deployments", "Deployment", shortNames=["deploy"])),
    ],
    "events.k8s.io": [api_version("v1", resource("events", "Event", shortNames=["ev"]))],
    "storage.k8s.io": [api_version("v1", resource("storageclasses", "StorageClass"))],
    "shop.example": [
        api_version("v1", resource("po", "Po", categories=["all"])),
        api_version("v2", resource("gateways", "Gateway", shortNames=["gw"])),
    ],
    "net.example": [api_version("v1", resource("gateways", "Gateway", shortNames=["gw"]))],
}


@pytest.fixture
def server() -> Answers:
    return Answers({"/api": discovery_list({"": CORE}), "/apis": discovery_list(GROUPS)})


@pytest.fixture
def mapper(server: Answers) -> RESTMapper:
    return RESTMapper(DiscoveryClient(server.client()))


@pytest.mark.parametrize(
    ("text", "gvr"),
    [
        ("pods", "pods.v1.core"),
        ("pod", "pods.v1.core"),
        ("Pod", "pods.v1.core"),
        ("PODS", "pods.v1.core"),
        ("deploy", "deployments.v1.apps"),
        ("deploy.apps", "deployments.v1.apps"),
        ("deployments.v1beta1.apps", "deployments.v1beta1.apps"),
        ("Deployment.v1beta1.apps", "deployments.v1beta1.apps"),
        ("Deployment.apps", "deployments.v1.apps"),
        ("storageclass.storage", "storageclasses.v1.storage.k8s.io"),
        ("events", "events.v1.core"),
        ("ev", "events.v1.core"),
        ("events.events.k8s.io", "events.v1.events.k8s.io"),
        ("events.v1.events.k8s.io", "events.v1.events.k8s.io"),
        ("gateways", "gateways.v2.shop.example"),
        ("gateways.net.example", "gateways.v1.net.example"),
        ("gw.net", "gateways.v1.net.example"),
        # a resource of that name goes before the short name of another
        ("po", "po.v1.shop.example"),
    ],
)
def test_an_argument_finds_what_kubectl_finds(mapper: RESTMapper, text: str, gvr: str) -> None:
    assert str(mapper.find(text).gvr) == gvr


def test_a_kind_finds_its_resource(mapper: RESTMapper) -> None:
    assert mapper.resource_of("Deployment", "apps").gvr.version == "v1"
    assert mapper.resource_of("Deployment", "apps", "v1beta1").gvr.version == "v1beta1"
    assert mapper.resource_of("Deployment", "apps", "v9", "v1beta1").gvr.version == "v1beta1"
    assert mapper.resource_of("PodList").gvr.resource == "pods"
    kind = GroupVersionKind("apps", "v1beta1", "Deployment")
    assert mapper.resource_of_kind(kind).gvr.version == "v1beta1"


def test_exactly_one_resource(mapper: RESTMapper) -> None:
    gvr = GroupVersionResource("apps", "v1beta1", "deployments")
    assert mapper.resource_at(gvr).gvr == gvr
    with pytest.raises(NoMatchError):
        mapper.resource_at(GroupVersionResource("apps", "v2", "deployments"))


def test_a_category_has_its_resources(mapper: RESTMapper) -> None:
    assert [str(each.gvr) for each in mapper.in_category("all")] == [
        "pods.v1.core",
        "po.v1.shop.example",
    ]


def test_nothing_of_that_name_is_an_error_with_a_hint(mapper: RESTMapper) -> None:
    with pytest.raises(NoMatchError, match="did you mean deployments"):
        mapper.find("deploments")
    with pytest.raises(NoMatchError):
        mapper.resource_of("Deployment", "extensions")


def test_what_is_new_is_found_because_the_server_is_asked_again(
    server: Answers, mapper: RESTMapper
) -> None:
    mapper.find("pods")
    new = {**GROUPS, "new.example": [api_version("v1", resource("things", "Thing"))]}
    server.answers["/apis"] = discovery_list(new)
    assert mapper.find("things").gvr.group == "new.example"


def test_a_miss_names_who_did_not_answer(server: Answers, mapper: RESTMapper) -> None:
    silent = {**GROUPS, "metrics.k8s.io": [api_version("v1", stale=True)]}
    server.answers["/apis"] = discovery_list(silent)
    with pytest.raises(NoMatchError, match=r"metrics\.k8s\.io/v1 did not answer") as raised:
        mapper.find("podmetrics")
    assert raised.value.failures == (GroupVersion("metrics.k8s.io", "v1"),)


def test_two_of_one_version_are_ambiguous(server: Answers) -> None:
    twins = [api_version("v1", resource("as", "A"), resource("bs", "B", singular="as"))]
    server.answers["/apis"] = discovery_list({"twins": twins})
    mapper = RESTMapper(DiscoveryClient(server.client()))
    with pytest.raises(AmbiguousMatchError, match=r"as\.v1\.twins, bs\.v1\.twins") as raised:
        mapper.find("as.twins")
    assert len(raised.value.matches) == 2


def test_a_short_name_of_several_resources_warns(
    mapper: RESTMapper, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="kubewright.discovery"):
        mapper.find("gw")
        mapper.find("deploy")
    assert [record.getMessage() for record in caplog.records] == [
        "the short name 'gw' stands for gateways.shop.example here, and could be"
        " gateways.net.example too"
    ]
