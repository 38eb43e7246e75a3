"""What was asked, in a form for asserts."""

from __future__ import annotations

from kubewright import ObjectMeta
from kubewright.schema import GroupVersionResource
from kubewright.testing import Action, FakeCluster
from kubewright_k8s import Clientset
from kubewright_k8s.apps_v1 import Deployment
from kubewright_k8s.core_v1 import ConfigMap, Namespace

WEB = Deployment.from_wire({"metadata": {"name": "web"}})


def test_actions_read_like_what_was_done() -> None:
    cluster = FakeCluster()
    cs = Clientset(cluster.rest)
    cs.core_v1.namespaces.create(Namespace(metadata=ObjectMeta(name="prod")))
    cs.core_v1.config_maps("prod").create(ConfigMap(metadata=ObjectMeta(generate_name="a-")))
    cs.apps_v1.deployments("prod").create(WEB)
    cs.apps_v1.deployments("prod").scale("web", 2)
    cs.apps_v1.deployments.list(label_selector="app=web")
    cs.core_v1.config_maps("prod").delete_collection()

    head = ["create namespaces.v1.core prod", "create configmaps.v1.core prod"]
    head += ["create deployments.v1.apps prod/web"]
    lines = [str(action) for action in cluster.actions]

    assert [line.partition(" {")[0] for line in lines[:3]] == head
    assert lines[3:] == [
        'patch deployments/scale.v1.apps prod/web merge {"spec":{"replicas":2}}',
        "list deployments.v1.apps",
        "deletecollection configmaps.v1.core prod",
    ]
    assert cluster.actions[4].options["labelSelector"] == "app=web"


def test_actions_are_values() -> None:
    cluster = FakeCluster()
    Clientset(cluster.rest).core_v1.config_maps("prod").list()

    assert cluster.actions == [Action("list", GroupVersionResource("", "v1", "configmaps"), "prod")]


def test_what_was_sent_is_read_as_a_model() -> None:
    cluster = FakeCluster()
    sent = ConfigMap(metadata=ObjectMeta(name="a"), data={"k": "v"})
    Clientset(cluster.rest).core_v1.config_maps("prod").create(sent)

    (action,) = cluster.actions

    assert (action.read(ConfigMap), action.body["data"]) == (sent, {"k": "v"})


def test_a_long_body_is_cut() -> None:
    cluster = FakeCluster()
    long = ConfigMap(metadata=ObjectMeta(name="a"), data={"k": "v" * 1000})
    Clientset(cluster.rest).core_v1.config_maps("prod").create(long)

    text = repr(cluster.actions[0])

    assert len(text) < 300
    assert text.endswith("…>")
