"""The examples of the documents that need nodes or signers are run on a real API server.

The node behind it is a stand-in (tests/kubelet), whose commands run on this machine.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest

from kubewright import RESTClient, connect
from kubewright.certificates import CertificatePair, FileStore
from kubewright.errors import ServiceUnavailableError
from kubewright_k8s import Clientset
from kubewright_k8s.authentication_v1 import SelfSubjectReview
from kubewright_k8s.core_v1 import Service
from tests.support.apiserver import Endpoint
from tests.support.documents import ROOT
from tests.support.examples import Example, example_of
from tests.support.kubelet import Kubelet
from tests.support.signer import Signer

pytestmark = pytest.mark.conformance

SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web"},
    "spec": {"ports": [{"name": "http", "port": 80}]},
}


@pytest.fixture
def cs(api_server: Endpoint) -> Iterator[Clientset]:
    with connect(kubeconfig=json.loads(api_server.kubeconfig_text())) as rest:
        yield Clientset(rest)


class _Web(BaseHTTPRequestHandler):
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        del format, args


@pytest.fixture
def web() -> Iterator[int]:
    """A web server of this machine; its port."""
    with HTTPServer(("127.0.0.1", 0), _Web) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the example runs, with a ``site`` to copy and what stands for the pod's ``/srv``."""
    monkeypatch.chdir(tmp_path)
    for name in ("site/index.html", "srv/old"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("hello")
    return tmp_path


@example_of("README.md", "Pods")
def test_pods(example: Example, cs: Clientset, namespace: str, web: int, folder: Path) -> None:
    cs.core_v1.services(namespace).create(Service.from_wire(SERVICE))
    example.other('"default"', f'"{namespace}"')
    example.other("8080", web)
    example.other("/tmp/x", folder / "x")
    example.other("/srv", folder / "srv")

    def end() -> None:
        example.names["log"].close()

    # pods with an address of this machine are not allowed, so nothing can be behind the service
    is_last = pytest.raises(
        ServiceUnavailableError, match='no endpoints available for service "web"'
    )
    with Kubelet(cs, namespace) as kubelet:
        kubelet.run("web", namespace)
        with example.meanwhile(end, when=lambda: "line 0" in example.printed), is_last as last:
            example.run(cs=cs)

    at = [each.lineno + 1 for each in last.traceback if each.path == ROOT / "README.md"]
    assert at == [example.block.last_line]
    assert example.printed[0] == r"b'old\n' b'' 0"
    told = example.printed[example.printed.index("3") :]
    assert told[:4] == ["3", "main follow=true&timestamps=true", "not � text", "line 0"]
    assert (folder / "x").read_bytes() == b"..."
    assert (folder / "srv" / "site" / "index.html").read_text() == "hello"
    assert _Web.asked == ["/"]
    assert cs.core_v1.pods(namespace).get("web").metadata.deletion_timestamp is not None
    cs.core_v1.pods(namespace).delete("web", grace_period_seconds=0)


@example_of("README.md", "Certificates")
def test_certificates(
    example: Example,
    api_server: Endpoint,
    cs: Clientset,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(api_server.write_kubeconfig(tmp_path / "kubeconfig")))
    signer = Signer(cs.rest, CertificatePair.from_pem(api_server.ca_data, api_server.ca_key))
    example.other("/var/lib/kubelet/pki", tmp_path)

    with signer.serving("kubernetes.io/kube-apiserver-client-kubelet"):
        example.run()

    kept = FileStore("kubelet-client", tmp_path).current()
    assert kept is not None
    with RESTClient.for_config(example.names["rotating"]) as rest:
        review = Clientset(rest).authentication_v1.self_subject_reviews.create(SelfSubjectReview())
    assert review.status.user_info.username == "system:node:n1"
