"""What is told of requests: figures, logs in any detail and no secret in them, a slower pace."""

from __future__ import annotations

import logging
import re
import threading
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from kubewright import NotFoundError, StopToken
from kubewright.errors import RefusedError, RequestTimeoutError, StoppedError, TransportError
from kubewright.prometheus import PrometheusQueues, PrometheusRequests
from kubewright.rest.client import RESTClient
from kubewright.rest.config import Config
from kubewright.rest.debugging import DebugLog
from kubewright.rest.observing import Observation, observing, path_template
from kubewright.rest.rate_limit import rate_limited
from kubewright.rest.request import Request
from kubewright.testing import FakeCluster
from kubewright.workqueue import WorkQueue
from tests.support.scripted import FakeClock

MAPS = "/api/v1/namespaces/default/configmaps"
SECRETS = "/api/v1/namespaces/default/secrets"


@pytest.fixture
def seen() -> list[Observation]:
    return []


@pytest.fixture
def rest(seen: list[Observation]) -> RESTClient:
    return RESTClient(observing(seen.append)(FakeCluster()))


def create(rest: RESTClient, path: str = MAPS, **data: str) -> None:
    kind = "Secret" if path == SECRETS else "ConfigMap"
    body = f'{{"apiVersion":"v1","kind":"{kind}","metadata":{{"name":"a"}},"data":{data}}}'
    rest.send(Request("POST", path, body=body.replace("'", '"').encode()))


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/api", "/api"),
        ("/apis/apps/v1", "/apis/apps/v1"),
        ("/version", "/version"),
        ("/openapi/v3/apis/apps/v1", "/openapi/v3/apis"),
        ("/api/v1/nodes", "/api/v1/nodes"),
        ("/api/v1/nodes/n1", "/api/v1/nodes/{name}"),
        ("/api/v1/namespaces", "/api/v1/namespaces"),
        ("/api/v1/namespaces/x", "/api/v1/namespaces/{name}"),
        ("/api/v1/namespaces/x/status", "/api/v1/namespaces/{name}/status"),
        (MAPS, "/api/v1/namespaces/{namespace}/configmaps"),
        (f"{MAPS}/a", "/api/v1/namespaces/{namespace}/configmaps/{name}"),
        (
            "/apis/apps/v1/namespaces/x/deployments/d/scale",
            "/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale",
        ),
        ("/api/v1/nodes/n/proxy/a/b/c", "/api/v1/nodes/{name}/proxy/{path}"),
    ],
)
def test_paths_have_no_names(path: str, template: str) -> None:
    assert path_template(path) == template


def test_every_request_is_told(rest: RESTClient, seen: list[Observation]) -> None:
    create(rest)
    rest.send(Request("GET", f"{MAPS}/a"))
    rest.send(Request("GET", MAPS))
    with pytest.raises(NotFoundError):
        rest.send(Request("DELETE", f"{MAPS}/b"))
    rest.send(Request("DELETE", MAPS))
    with rest.stream(Request("GET", MAPS, [("watch", "true")])):
        pass
    rest.send(Request("GET", "/api"))
    assert [(each.verb, each.status) for each in seen] == [
        ("create", 201),
        ("get", 200),
        ("list", 200),
        ("delete", 404),
        ("deletecollection", 200),
        ("watch", 200),
        ("list", 200),
    ]
    assert seen[5].body is None
    assert seen[1].body


def test_a_request_without_an_answer_is_told(seen: list[Observation]) -> None:
    config = Config(host="http://127.0.0.1:9")
    rest = RESTClient.for_config(config, wrap=[observing(seen.append)])
    with pytest.raises(RefusedError):
        rest.send(Request("GET", MAPS))
    with pytest.raises(RefusedError):
        rest.stream(Request("GET", MAPS))
    with pytest.raises(RefusedError):
        rest.dial(Request("GET", MAPS))
    assert [type(each.error) for each in seen] == [RefusedError] * 3
    assert seen[0].status is None


def test_a_fake_has_no_streams_however_it_is_wrapped(rest: RESTClient) -> None:
    with pytest.raises(TransportError, match="carries no streams"):
        rest.dial(Request("GET", MAPS))


def test_the_servers_queues_are_told() -> None:
    headers = {"X-Kubernetes-Pf-Flowschema-Uid": "f", "x-kubernetes-pf-prioritylevel-uid": "p"}
    observation = Observation(Request("GET", MAPS), 429, headers, b"", None, 0.1)
    assert (observation.flow_schema, observation.priority_level) == ("f", "p")


def debugged(level: int, caplog: pytest.LogCaptureFixture, path: str = MAPS) -> str:
    cluster = FakeCluster()
    with caplog.at_level(logging.DEBUG, logger="kubewright.debug"):
        rest = RESTClient(observing(DebugLog(level))(cluster))
        create(rest, path, key="v" * 2000)
        headers = {"Authorization": "Bearer hunter2", "Cookie": "hunter2"}
        rest.send(Request("GET", f"{path}/a", headers=headers))
    assert "hunter2" not in caplog.text
    return caplog.text


def test_the_detail_of_a_log_is_chosen(caplog: pytest.LogCaptureFixture) -> None:
    text = debugged(6, caplog)
    assert re.search(r"POST /api/v1/namespaces/default/configmaps 201 in \d+ ms", text)
    assert "Accept" not in text
    caplog.clear()
    text = debugged(7, caplog)
    assert "> Authorization: Bearer <masked>" in text
    assert "> Cookie: <masked>" in text
    assert "vvv" not in text
    caplog.clear()
    text = debugged(8, caplog)
    assert "vvv" in text
    assert "bytes more" in text
    caplog.clear()
    text = debugged(9, caplog)
    assert "v" * 2000 in text
    assert "curl -v -X GET -H 'Accept: application/json'" in text
    caplog.clear()
    assert debugged(5, caplog) == ""


def test_what_no_terminal_should_get_is_escaped(caplog: pytest.LogCaptureFixture) -> None:
    binary = Observation(Request("GET", MAPS), 200, {}, b"k8s\0\n\x1b[2J\xff\xc3\xa9", None, 0.1)
    with caplog.at_level(logging.DEBUG, logger="kubewright.debug"):
        DebugLog(8)(binary)
    assert "< k8s\\x00\n\\x1b[2J\\xff\u00e9" in caplog.text


def test_secrets_are_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    text = debugged(9, caplog, SECRETS)
    assert "vvv" not in text
    assert "bytes that are not shown" in text


def test_a_limit_makes_requests_wait() -> None:
    clock = FakeClock()
    rest = RESTClient(rate_limited(10, 2, clock=clock)(FakeCluster()))
    for _ in range(4):
        rest.send(Request("GET", MAPS))
    assert clock.waits == [0.1, 0.1]
    with rest.stream(Request("GET", MAPS, [("watch", "true")])):
        pass
    assert len(clock.waits) == 2


def test_who_has_no_time_to_wait_is_told() -> None:
    clock = FakeClock()
    rest = RESTClient(rate_limited(0.1, 1, clock=clock)(FakeCluster()), clock=clock)
    rest.send(Request("GET", MAPS))
    with pytest.raises(RequestTimeoutError, match="own rate limit") as raised:
        rest.send(Request("GET", MAPS, timeout=5))
    assert not raised.value.may_have_reached
    assert clock.waits == []


def test_a_stop_ends_the_waiting() -> None:
    rest = RESTClient(rate_limited(0.01, 1)(FakeCluster()))
    rest.send(Request("GET", MAPS))
    stop = StopToken()
    timer = threading.Timer(0.1, stop.stop)
    timer.start()
    with pytest.raises(StoppedError, match="before it was sent"):
        rest.send(Request("GET", MAPS), stop=stop)
    timer.join()


@pytest.mark.parametrize(("qps", "burst"), [(0, 1), (1, 0), (-1, 1)])
def test_a_limit_of_nothing_is_an_error(qps: float, burst: int) -> None:
    with pytest.raises(ValueError, match="above zero"):
        rate_limited(qps, burst)(FakeCluster())


def test_prometheus_has_the_figures_under_their_names() -> None:
    registry = CollectorRegistry()
    requests = PrometheusRequests(registry)
    rest = RESTClient(observing(requests)(FakeCluster()))
    create(rest)
    with pytest.raises(NotFoundError):
        rest.send(Request("GET", f"{MAPS}/b"))
    queue: Any = WorkQueue[str](metrics=PrometheusQueues(registry).of("maps"))
    queue.add("a")
    queue.done(queue.get())
    text = generate_latest(registry).decode()
    path = 'path="/api/v1/namespaces/{namespace}/configmaps'
    assert f'rest_client_requests_total{{code="201",method="POST",{path}"}} 1.0' in text
    assert f'rest_client_request_duration_seconds_count{{{path}/{{name}}",verb="get"}} 1.0' in text
    assert 'workqueue_adds_total{name="maps"} 1.0' in text
    assert 'workqueue_depth{name="maps"} 0.0' in text
    assert 'workqueue_work_duration_seconds_count{name="maps"} 1.0' in text


def test_prometheus_sees_work_that_is_stuck() -> None:
    registry = CollectorRegistry()
    clock = FakeClock()
    queue: Any = WorkQueue[str](metrics=PrometheusQueues(registry).of("maps"), clock=clock)
    queue.add("a")
    queue.add("b")
    queue.get()
    clock.advance(3)()
    queue.get()
    clock.advance(4)()
    text = generate_latest(registry).decode()

    assert 'workqueue_unfinished_work_seconds{name="maps"} 11.0' in text
    assert 'workqueue_longest_running_processor_seconds{name="maps"} 7.0' in text


def test_an_observer_that_fails_changes_nothing(
    seen: list[Observation], caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: Observation) -> None:
        raise ZeroDivisionError

    rest = RESTClient(observing(broken, seen.append)(FakeCluster()))
    create(rest)
    with rest.stream(Request("GET", MAPS, [("watch", "true")])):
        pass
    assert [each.status for each in seen] == [201, 200]
    assert "an observer of requests failed" in caplog.text


def test_what_is_observed_can_be_printed_without_its_secrets(
    rest: RESTClient, seen: list[Observation]
) -> None:
    create(rest, SECRETS, password="aHVudGVyMg==")
    rest.send(Request("GET", f"{SECRETS}/a", headers={"Authorization": "Bearer hunter2"}))
    assert "aHVudGVyMg" in str([each.body for each in seen])
    assert "aHVudGVyMg" not in repr(seen)
    assert "hunter2" not in repr(seen)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Cookie", "session=hunter2; other=x"),
        ("Set-Cookie", "session=hunter2; Path=/"),
        ("Authorization", "hunter2= x"),
    ],
)
def test_credentials_in_headers_are_masked(
    caplog: pytest.LogCaptureFixture, name: str, value: str
) -> None:
    request = Request("GET", MAPS, headers={name: value})
    with caplog.at_level(logging.DEBUG, "kubewright.debug"):
        DebugLog(9)(Observation(request, 200, {name: value}, None, None, 0.1))
    assert f"{name}: <masked>" in caplog.text
    assert "hunter2" not in caplog.text
