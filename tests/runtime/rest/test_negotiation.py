"""When a client speaks protobuf, and when it goes back to JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kubewright.errors import DecodeError, NotFoundError
from kubewright.protobuf import CONTENT_TYPE, to_protobuf
from kubewright.protobuf.wire import chunk, number
from kubewright.rest.client import RESTClient
from kubewright.rest.request import Request
from kubewright.rest.transport import Response
from tests.runtime.rest.fakes import ScriptedTransport

PATH = "/api/v1/namespaces/default/configmaps"
MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
BOTH = f"{CONTENT_TYPE},application/json"
JSON = Response(200, {"Content-Type": "application/json"}, json.dumps(MAP).encode())
NEWER = chunk(1, chunk(1, b"v1") + chunk(2, b"ConfigMap")) + chunk(2, number(99, 1))


def _protobuf(obj: dict[str, Any], status: int = 200) -> Response:
    headers = {"content-type": CONTENT_TYPE, "Audit-Id": "7"}
    return Response(status, headers, to_protobuf(json.dumps(obj).encode()))


def _client(*answers: Response) -> tuple[RESTClient, ScriptedTransport]:
    transport = ScriptedTransport(list(answers))
    return RESTClient(transport, protobuf=True), transport


def test_a_read_takes_both_and_the_answer_says_which_it_is() -> None:
    client, transport = _client(_protobuf(MAP), JSON)
    first, second = client.send(Request("GET", PATH)), client.send(Request("GET", PATH))
    assert json.loads(first.body) == json.loads(second.body) == MAP
    assert dict(first.headers) == {"Content-Type": "application/json", "Audit-Id": "7"}
    assert [request.accept for request in transport.requests] == [BOTH, BOTH]


@pytest.mark.parametrize(
    "request_",
    [
        Request("GET", "/apis/shop.example/v1/websites"),
        Request("POST", "/apis/shop.example/v1/websites", body=json.dumps(MAP).encode()),
        Request("GET", "/api/v1/namespaces/default/services/web/proxy/metrics"),
        Request("GET", "/version"),
        Request("GET", "/apis/apps/v1"),
        Request("GET", PATH, accept="application/json;as=Table;v=v1;g=meta.k8s.io"),
        Request("PATCH", PATH + "/a", body=b"{}", content_type="application/merge-patch+json"),
        Request("DELETE", PATH + "/a", body=b'{"propagationPolicy":"Orphan"}'),
        Request("PUT", PATH + "/a", body=json.dumps({**MAP, "newer": 1}).encode()),
    ],
    ids=[
        "custom kind",
        "new custom object",
        "behind a proxy",
        "no resource",
        "discovery",
        "table",
        "patch",
        "delete",
        "unknown field",
    ],
)
def test_other_requests_go_out_as_they_are(request_: Request) -> None:
    client, transport = _client(JSON)
    client.send(request_)
    assert transport.requests == [request_]


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_an_object_is_written_in_protobuf_and_its_answer_asked_for_in_json(method: Any) -> None:
    client, transport = _client(JSON)
    client.send(Request(method, PATH, body=json.dumps(MAP).encode()))
    (sent,) = transport.requests
    assert sent.body == to_protobuf(json.dumps(MAP).encode())
    assert (sent.content_type, sent.accept) == (CONTENT_TYPE, "application/json")


@pytest.mark.parametrize("status", [406, 415])
def test_a_server_without_protobuf_gets_json_from_then_on(status: int) -> None:
    client, transport = _client(Response(status), JSON)
    body = json.dumps(MAP).encode()
    client.send(Request("POST", PATH, body=body))
    client.send(Request("GET", PATH))
    client.send(Request("GET", "/apis/apps/v1/deployments"))
    sent = [(request.content_type, request.accept) for request in transport.requests]
    in_json = ("application/json", "application/json")
    assert sent[1:] == [in_json, in_json, ("application/json", BOTH)]


def test_an_answer_with_a_field_of_a_newer_version_is_asked_for_in_json() -> None:
    newer = Response(200, {"Content-Type": CONTENT_TYPE}, b"k8s\x00" + NEWER)
    client, transport = _client(newer, JSON)
    assert json.loads(client.send(Request("GET", PATH)).body) == MAP
    with client.stream(Request("GET", PATH)) as stream:
        assert json.loads(stream.read()) == MAP
    assert [request.accept for request in transport.requests] == [BOTH, *["application/json"] * 2]


def test_a_streamed_answer_with_such_a_field_is_asked_for_in_json() -> None:
    newer = Response(200, {"Content-Type": CONTENT_TYPE}, b"k8s\x00" + NEWER)
    client, transport = _client(newer, JSON)
    with client.stream(Request("GET", PATH)) as stream:
        assert json.loads(stream.read()) == MAP
    assert [request.accept for request in transport.requests] == [BOTH, "application/json"]


def test_an_error_in_protobuf_is_the_same_error() -> None:
    status = {
        "apiVersion": "v1",
        "kind": "Status",
        "status": "Failure",
        "message": 'configmaps "a" not found',
        "reason": "NotFound",
        "details": {"name": "a", "kind": "configmaps"},
        "code": 404,
    }
    client, _ = _client(_protobuf(status, 404))
    with pytest.raises(NotFoundError, match='configmaps "a" not found') as caught:
        client.send(Request("GET", PATH + "/a"))
    assert caught.value.status.details.kind == "configmaps"
    with pytest.raises(NotFoundError, match='configmaps "a" not found'):
        client.stream(Request("GET", PATH + "/a"))


def _watch(*objects: bytes) -> Response:
    frames = b""
    for obj in objects:
        event = chunk(1, b"ADDED") + chunk(2, chunk(1, obj))
        frames += len(event).to_bytes(4) + event
    return Response(200, {"Content-Type": f"{CONTENT_TYPE};stream=watch"}, frames)


def test_a_watch_ends_at_what_cannot_be_read_and_goes_on_in_json() -> None:
    known = to_protobuf(json.dumps(MAP).encode())
    client, transport = _client(_watch(known, b"k8s\x00" + NEWER, known), JSON)
    with client.stream(Request("GET", PATH, [("watch", "true")])) as stream:
        assert [json.loads(line) for line in stream.lines()] == [{"type": "ADDED", "object": MAP}]
    assert transport.streams[0].closed
    client.stream(Request("GET", PATH, [("watch", "true")])).close()
    assert [request.accept for request in transport.requests] == [BOTH, "application/json"]


def test_without_the_option_nothing_is_changed() -> None:
    transport = ScriptedTransport([JSON])
    request = Request("GET", PATH)
    RESTClient(transport).send(request)
    assert transport.requests == [request]


def test_a_write_is_never_sent_again_for_an_answer_that_cannot_be_read() -> None:
    newer = Response(201, {"Content-Type": CONTENT_TYPE}, b"k8s\x00" + NEWER)
    client, transport = _client(newer, JSON)
    with pytest.raises(DecodeError, match="not asked for"):
        client.send(Request("POST", PATH, body=json.dumps(MAP).encode()))
    assert len(transport.requests) == 1
