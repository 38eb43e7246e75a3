"""A generated clientset for tests brings its own cluster, which serves what the package knows."""

from __future__ import annotations

import pytest

from acme.kube.fake import FakeClientset as FakeAcme
from acme.kube.web_example_com_v1 import Website
from kubewright import NotFoundError
from kubewright.testing import FakeCluster
from kubewright_k8s.core_v1 import ConfigMap
from kubewright_k8s.fake import FakeClientset
from tests.support.fake_cluster import website_crd

MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"k": "v"}}
SITE = {
    "apiVersion": "web.example.com/v1",
    "kind": "Website",
    "metadata": {"name": "home", "namespace": "web"},
    "spec": {"domain": "a.example.com", "image": "nginx", "unknown": 1},
    "status": {"phase": "Ready"},
}


def test_objects_are_there_from_the_beginning() -> None:
    site = Website.from_wire(SITE)
    with FakeAcme(site) as acme, FakeClientset(MAP) as cs:
        found = acme.web_example_com_v1.websites("web").get("home")

        assert (found.spec.image, found.status.phase) == ("nginx", "Ready")
        assert cs.core_v1.config_maps("default").get("a").data == {"k": "v"}


def test_each_has_a_cluster_of_its_own() -> None:
    FakeClientset(MAP)
    other = FakeClientset()

    with pytest.raises(NotFoundError):
        other.core_v1.config_maps("default").get("a")


def test_packages_share_a_cluster() -> None:
    acme = FakeAcme(SITE)
    cs = FakeClientset(MAP, cluster=acme.cluster)

    cs.core_v1.config_maps("default").get("a")
    acme.web_example_com_v1.websites("web").get("home")

    assert [str(action) for action in cs.cluster.actions] == [
        "get configmaps.v1.core default/a",
        "get websites.v1.web.example.com web/home",
    ]


def test_every_version_of_a_custom_resource_is_served() -> None:
    acme = FakeAcme(SITE)

    old = acme.web_example_com_v1beta1.websites("web").get("home")

    assert old.api_version == "web.example.com/v1beta1"


def test_subresources_of_custom_resources_are_served() -> None:
    acme = FakeAcme(SITE)
    sites = acme.web_example_com_v1.websites("web")

    sites.scale("home", 5)
    site = sites.get("home")
    site.status.phase = "Degraded"
    sites.update_status(site)

    found = sites.get("home")
    assert (found.spec.replicas, found.status.phase) == (5, "Degraded")


def test_a_definition_in_the_cluster_is_not_replaced() -> None:
    cluster = FakeCluster()
    cluster.add_crd(website_crd())
    acme = FakeAcme(cluster=cluster)

    made = acme.web_example_com_v1.websites("web").create(Website.from_wire(SITE))

    assert "unknown" not in made.spec.to_wire()


def test_an_object_of_no_known_kind_is_named() -> None:
    with pytest.raises(ValueError, match=r"web.example.com/v1 Website is of no kind"):
        FakeClientset(SITE)


def test_models_come_back_as_they_were_given() -> None:
    given = ConfigMap.from_wire(MAP)
    cs = FakeClientset(given)

    found = cs.core_v1.config_maps("default").get("a")

    assert (found.data, given.metadata.resource_version) == ({"k": "v"}, "")
