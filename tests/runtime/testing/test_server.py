"""The cluster in memory as an HTTP server: what goes over the wire, and how it ends."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from kubewright import NotFoundError, connect
from kubewright.errors import ConnectionLostError, TransportError
from kubewright.rest.request import Request
from kubewright.testing import ClusterServer, FakeCluster, WatchFrame
from kubewright_k8s import Clientset
from kubewright_k8s.core_v1 import ConfigMap
from tests.support.fake_cluster import MAPS, config_map

PATIENCE = 5.0  # seconds for what takes a moment


@pytest.fixture
def cluster() -> FakeCluster:
    return FakeCluster()


@pytest.fixture
def server(cluster: FakeCluster) -> Iterator[ClusterServer]:
    before = set(threading.enumerate())
    with cluster.serve() as server:
        yield server
    left = [thread for thread in set(threading.enumerate()) - before if thread.is_alive()]
    assert left == []
    assert cluster.open_watches == 0


@pytest.fixture
def raw(server: ClusterServer) -> Iterator[http.client.HTTPConnection]:
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)) as raw:
        yield raw


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_client_works_as_with_any_server(server: ClusterServer) -> None:
    with connect(server.config) as rest:
        maps = Clientset(rest).core_v1.config_maps("default")
        made = maps.create(ConfigMap.from_wire(config_map("a")))
        assert maps.get("a").metadata.uid == made.metadata.uid
        with pytest.raises(NotFoundError, match='configmaps "b" not found'):
            maps.get("b")
        with maps.watch(since=maps.list()) as events:
            maps.delete("a")
            assert next(iter(events)).type == "DELETED"


def test_the_kubeconfig_leads_to_it(server: ClusterServer, tmp_path: Path) -> None:
    path = server.write_kubeconfig(tmp_path / "kubeconfig", namespace="kube-system")
    with connect(kubeconfig=path) as rest, connect(kubeconfig=server.kubeconfig()) as other:
        assert (rest.namespace, other.namespace) == ("kube-system", "default")
        assert Clientset(rest).core_v1.namespaces.get("default").status.phase == "Active"
        assert Clientset(other).core_v1.namespaces.get("default").status.phase == "Active"


def test_requests_arrive_whole(
    cluster: FakeCluster, server: ClusterServer, raw: http.client.HTTPConnection
) -> None:
    headers = {"User-Agent": "tool/1 (x)", "Content-Type": "application/json", "Accept": "a/b, */*"}
    body = b'{"metadata":{"name":"a"}}'
    raw.request("POST", f"{MAPS}?dryRun=All&fieldManager=&x=a%2Fb", body, headers)
    assert raw.getresponse().status == 201
    (request,) = cluster.requests
    assert (request.method, request.path, request.body) == ("POST", MAPS, body)
    assert request.query == [("dryRun", "All"), ("fieldManager", ""), ("x", "a/b")]
    assert (request.content_type, request.accept) == ("application/json", "a/b, */*")
    assert request.headers["User-Agent"] == "tool/1 (x)"


def test_a_connection_serves_many_requests(
    server: ClusterServer, raw: http.client.HTTPConnection
) -> None:
    ports = set[int]()
    for _ in range(3):
        raw.request("GET", "/version")
        assert json.loads(raw.getresponse().read())["gitVersion"].startswith("v1.")
        ports.add(raw.sock.getsockname()[1])
    assert len(ports) == 1


def test_a_body_in_chunks(server: ClusterServer, raw: http.client.HTTPConnection) -> None:
    parts = [b'{"metadata":', b'{"name":"a"}}']
    raw.request("POST", MAPS, iter(parts), encode_chunked=True)
    response = raw.getresponse()
    assert (response.status, json.loads(response.read())["metadata"]["name"]) == (201, "a")
    raw.request("GET", f"{MAPS}/a")
    assert raw.getresponse().status == 200


@pytest.mark.parametrize(
    ("head", "body", "status", "reason"),
    [
        ("Content-Length: 3145729", b"", 413, "RequestEntityTooLarge"),
        (f"Content-Length: {'9' * 5000}", b"", 413, "RequestEntityTooLarge"),
        ("Transfer-Encoding: chunked", b"300001\r\n", 413, "RequestEntityTooLarge"),
        ("Transfer-Encoding: chunked", b"what\r\n", 400, "BadRequest"),
        ("Content-Length: -1", b"", 400, "BadRequest"),
    ],
    ids=["large", "large beyond numbers", "large in chunks", "no chunks", "no length"],
)
def test_a_body_that_is_not_read_ends_the_connection(
    server: ClusterServer, head: str, body: bytes, status: int, reason: str
) -> None:
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as sock:
        sock.sendall(f"POST {MAPS} HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n".encode() + body)
        answer = sock.makefile("rb").read()
    told, _, text = answer.partition(b"\r\n\r\n")
    assert told.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"Connection: close" in told
    assert json.loads(text)["reason"] == reason


@pytest.mark.parametrize(
    ("target", "head", "body"),
    [
        (f"{MAPS}/a", "Content-Length: 50", b""),
        (f"{MAPS}/a", "Transfer-Encoding: chunked", b"32\r\n{}"),
        (f"{MAPS}/a", "Transfer-Encoding: chunked", b"0x0\r\n\r\n"),
        (f"{MAPS}/a", "Transfer-Encoding: chunked", b"-0\r\n\r\n"),
        ("http://[/", "Content-Length: 0", b""),
    ],
    ids=["no body", "part of a chunk", "prefix", "sign", "target"],
)
def test_what_came_in_part_or_malformed_is_not_done(
    cluster: FakeCluster, server: ClusterServer, target: str, head: str, body: bytes
) -> None:
    cluster.add(ConfigMap.from_wire(config_map("a")))
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as sock:
        sock.sendall(f"DELETE {target} HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n".encode() + body)
        sock.shutdown(socket.SHUT_WR)
        assert sock.makefile("rb").read().startswith(b"HTTP/1.1 400 ")
    assert Clientset(cluster.rest).core_v1.config_maps("default").get("a").metadata.name == "a"


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "FOO"])
@pytest.mark.parametrize(
    ("path", "status"),
    [(MAPS, 405), (f"{MAPS}/a", 405), (f"{MAPS}/a/status", 404), ("/version", 405), ("/no", 404)],
)
def test_methods_that_no_resource_has(
    server: ClusterServer, raw: http.client.HTTPConnection, method: str, path: str, status: int
) -> None:
    raw.request(method, path)
    response = raw.getresponse()
    body = response.read()
    assert response.status == status
    assert (body == b"") == (method == "HEAD")


def test_a_watch_comes_in_chunks_and_ends_in_order(
    cluster: FakeCluster, server: ClusterServer, raw: http.client.HTTPConnection
) -> None:
    raw.request("GET", f"{MAPS}?watch=1")
    response = raw.getresponse()
    assert response.headers["Transfer-Encoding"] == "chunked"
    cluster.add({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}})
    event = msgspec.json.decode(response.readline())
    assert (event["type"], event["object"]["metadata"]["name"]) == ("ADDED", "a")
    cluster.end_watches()
    assert response.read() == b""
    raw.request("GET", "/livez")  # the connection goes on
    assert raw.getresponse().read() == b"ok"


def test_a_client_that_goes_away_ends_its_watch(
    cluster: FakeCluster, server: ClusterServer, raw: http.client.HTTPConnection
) -> None:
    raw.request("GET", f"{MAPS}?watch=1")
    response = raw.getresponse()
    assert cluster.open_watches == 1
    response.close()
    raw.close()
    wait_until(lambda: cluster.open_watches == 0)


def test_a_broken_watch_is_a_broken_connection(cluster: FakeCluster, server: ClusterServer) -> None:
    request = Request("GET", MAPS, [("watch", "1")])
    with connect(server.config) as rest, rest.stream(request) as stream:
        cluster.end_watches(broken=True)
        with pytest.raises(ConnectionLostError):
            stream.read()


def test_closing_takes_a_moment_whatever_is_open(
    cluster: FakeCluster, raw: http.client.HTTPConnection, server: ClusterServer
) -> None:
    raw.request("GET", f"{MAPS}?watch=1")
    raw.getresponse()
    idle = http.client.HTTPConnection("127.0.0.1", server.port)
    idle.request("GET", "/version")
    idle.getresponse().read()
    started = time.monotonic()
    server.close()
    assert time.monotonic() - started < 1
    assert cluster.open_watches == 0
    idle.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port))


def test_the_cluster_goes_on_when_the_server_is_closed(cluster: FakeCluster) -> None:
    with cluster.serve():
        pass
    assert Clientset(cluster.rest).core_v1.namespaces.get("default").metadata.name == "default"


def test_a_port_that_is_taken(cluster: FakeCluster, server: ClusterServer) -> None:
    with pytest.raises(TransportError, match=rf"cannot listen on 127\.0\.0\.1:{server.port}: "):
        cluster.serve(port=server.port)


def test_a_fault_of_the_server_is_told(
    raw: http.client.HTTPConnection,
    server: ClusterServer,
    cluster: FakeCluster,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(request: Request, *, read_timeout: float | None = None) -> None:
        raise ZeroDivisionError("no luck")

    monkeypatch.setattr(cluster, "stream", fail)
    raw.request("GET", MAPS)
    response = raw.getresponse()
    assert response.status == 500
    message = json.loads(response.read())["message"]
    assert message == "Internal error occurred: ZeroDivisionError: no luck"
    assert "no luck" in caplog.text


def test_a_fault_in_an_open_watch_ends_it_and_begins_no_other_answer(
    cluster: FakeCluster, server: ClusterServer
) -> None:
    def fail(_: WatchFrame) -> list[WatchFrame]:
        raise RuntimeError("a mistake in a test")

    cluster.react_to_events("configmaps", fail)
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as sock:
        sock.sendall(f"GET {MAPS}?watch=1 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        wait_until(lambda: cluster.open_watches == 1)
        cluster.add({"apiVersion": "v1", "kind": "ConfigMap", **config_map("a")})
        answer = b"".join(iter(lambda: sock.recv(1000), b""))

    assert answer.count(b"HTTP/1.1") == 1
    assert not answer.endswith(b"0\r\n\r\n")
