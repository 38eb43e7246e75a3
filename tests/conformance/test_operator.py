"""The operator of the examples, in memory and against a real server; the test is the controller."""

from __future__ import annotations

import json
import secrets
import sys
import threading
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from kubewright import connect
from kubewright._clock import StopToken
from kubewright.rest.client import RESTClient
from kubewright.testing import FakeCluster
from kubewright_k8s import Clientset
from kubewright_k8s.core_v1 import Namespace
from tests.support.apiserver import Endpoint
from tests.support.generating import crds_in, install_crds
from tests.support.patience import wait_until

EXAMPLES = Path(__file__).parents[2] / "examples"
WAIT = 30.0


class Copy:
    """One copy of the program, in a thread."""

    def __init__(self, rest: RESTClient, namespace: str, identity: str) -> None:
        self.stop = StopToken()
        self.failure: BaseException | None = None
        self._options = {"namespace": namespace, "identity": identity, "lease_duration": 4.0}
        self._rest = rest
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def end(self) -> None:
        self.stop.stop()
        self._thread.join(WAIT)
        assert not self._thread.is_alive()
        assert self.failure is None

    def _run(self) -> None:
        program = import_module("website_operator")
        try:
            program.main(self._rest, stop=self.stop, **self._options)
        except BaseException as error:
            self.failure = error


@pytest.fixture(params=["in memory", pytest.param("real", marks=pytest.mark.conformance)])
def rest(request: pytest.FixtureRequest) -> Iterator[RESTClient]:
    if request.param == "in memory":
        yield FakeCluster(require_namespaces=True).rest
        return
    server: Endpoint = request.getfixturevalue("api_server")
    with connect(kubeconfig=json.loads(server.kubeconfig_text())) as client:
        yield client


@pytest.fixture
def clientset(rest: RESTClient) -> Clientset:
    return Clientset(rest)


@pytest.fixture
def namespace(clientset: Clientset) -> str:
    name = f"test-{secrets.token_hex(4)}"
    clientset.core_v1.namespaces.create(Namespace.from_wire({"metadata": {"name": name}}))
    return name


@pytest.fixture
def websites(rest: RESTClient, namespace: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr(sys, "path", [str(EXAMPLES), *sys.path])
    install_crds(rest, crds_in(EXAMPLES / "website-crd.yaml"))
    clients = import_module("acme.kube").Clientset(rest)
    yield clients.web_example_com_v1.websites(namespace)
    for name in [
        name for name in sys.modules if name.split(".")[0] in ("acme", "website_operator")
    ]:
        monkeypatch.delitem(sys.modules, name)


def website(name: str, **spec: object) -> Any:
    model = import_module("acme.kube.web_example_com_v1").Website
    spec = {"domain": f"{name}.example.com", "image": "web:1", "replicas": 2, **spec}
    return model.from_wire({"metadata": {"name": name}, "spec": spec})


def test_the_operator_works_and_another_copy_takes_over(
    rest: RESTClient, clientset: Clientset, namespace: str, websites: Any
) -> None:
    deployments = clientset.apps_v1.deployments(namespace)
    leases = clientset.coordination_v1.leases(namespace)
    first = Copy(rest, namespace, "first")
    wait_until(lambda: any(lease.spec.holder_identity for lease in leases.list()), limit=WAIT)
    second = Copy(rest, namespace, "second")
    try:
        site = websites.create(website("blog", environment={"LANG": "en"}))
        wait_until(lambda: websites.get("blog").status.phase == "Pending", limit=WAIT)
        made = deployments.get("blog")
        assert made.metadata.owner_references[0].uid == site.metadata.uid
        assert made.spec.replicas == 2
        assert [e.value for e in made.spec.template.spec.containers[0].env] == ["en"]

        # somebody changes what the operator owns, and a controller says that servers are ready
        deployments.patch("blog", {"spec": {"replicas": 7}})
        wait_until(lambda: deployments.get("blog").spec.replicas == 2, limit=WAIT)
        deployments.patch(
            "blog", {"status": {"replicas": 2, "readyReplicas": 2}}, subresource="status"
        )
        wait_until(lambda: websites.get("blog").status.phase == "Ready", limit=WAIT)
        assert websites.get("blog").status.ready_replicas == 2

        first.end()
        wait_until(
            lambda: leases.get("website-operator").spec.holder_identity == "second", limit=WAIT
        )
        websites.patch("blog", {"spec": {"replicas": 3}})
        wait_until(lambda: deployments.get("blog").spec.replicas == 3, limit=WAIT)
        wait_until(lambda: websites.get("blog").status.phase == "Pending", limit=WAIT)
    finally:
        first.stop.stop()
        second.end()

    events = clientset.events_v1.events(namespace).list()
    told = {event.reason for event in events if event.regarding.name == "blog"}
    assert told == {"Pending", "Ready"}
    assert leases.get("website-operator").spec.holder_identity == ""


def test_a_website_that_cannot_be_is_told_and_others_go_on(
    rest: RESTClient, clientset: Clientset, namespace: str, websites: Any
) -> None:
    # the server refuses a Deployment with such a label, and the operator tries again
    copy = Copy(rest, namespace, "only")
    try:
        websites.create(website("x" * 64))
        websites.create(website("shop"))
        deployments = clientset.apps_v1.deployments(namespace)
        wait_until(lambda: [d.metadata.name for d in deployments.list()] == ["shop"], limit=WAIT)
    finally:
        copy.end()
