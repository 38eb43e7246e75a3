"""When a request is sent again, and what the caller gets in the end."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from kubewright import errors
from kubewright._clock import StopToken
from kubewright.errors import ConnectionLostError, RefusedError, RequestTimeoutError
from kubewright.rest.client import RESTClient
from kubewright.rest.config import Config
from kubewright.rest.request import Method, Request
from kubewright.rest.transport import Response
from kubewright.rest.warnings import ServerWarning
from tests.runtime.rest.fakes import FakeClock, ScriptedTransport

OK = Response(200, {}, b"{}")
BUSY = Response(429, {"Retry-After": "3"})
DOWN = Response(503, {"Retry-After": "0"})
LOST = ConnectionLostError("reset")


def _client(
    *answers: Response | Exception, seconds_each: float = 0.0, **options: Any
) -> tuple[RESTClient, ScriptedTransport, FakeClock]:
    clock = FakeClock()
    transport = ScriptedTransport(list(answers), seconds_each, clock)
    return RESTClient(transport, clock=clock, rand=lambda: 0.5, **options), transport, clock


@pytest.mark.parametrize(
    ("method", "first", "waits"),
    [
        ("GET", BUSY, [3.0]),
        ("POST", BUSY, [3.0]),
        ("DELETE", Response(500, {"Retry-After": "1"}), [1.0]),
        ("PATCH", DOWN, [0.0]),
        ("PUT", Response(504, {"Retry-After": "2"}), [2.0]),
        ("GET", LOST, [1.1]),
    ],
    ids=["429", "429 of a POST", "500", "503 at once", "504", "lost GET"],
)
def test_sent_again_after_the_wait(
    method: Method, first: Response | Exception, waits: list[float]
) -> None:
    client, transport, clock = _client(first, OK)
    request = Request(method, "/x", body=b"body")

    assert client.send(request) == OK
    assert clock.waits == waits
    assert transport.requests == [request, request]


@pytest.mark.parametrize(
    ("method", "first", "expected"),
    [
        ("GET", Response(429), errors.TooManyRequestsError),
        ("GET", Response(500), errors.InternalServerError),
        ("GET", Response(503, {"Retry-After": "soon"}), errors.ServiceUnavailableError),
        ("GET", Response(404, {"Retry-After": "1"}), errors.NotFoundError),
        ("GET", Response(302, {"Retry-After": "1"}), errors.ApiError),
        ("POST", Response(409), errors.AlreadyExistsError),
        ("POST", LOST, ConnectionLostError),
        ("DELETE", LOST, ConnectionLostError),
        ("GET", RefusedError("no"), RefusedError),
        ("GET", RequestTimeoutError("late"), RequestTimeoutError),
    ],
)
def test_not_sent_again(
    method: Method, first: Response | Exception, expected: type[Exception]
) -> None:
    client, transport, clock = _client(first, OK)

    with pytest.raises(expected):
        client.send(Request(method, "/x"))
    assert (len(transport.requests), clock.waits) == (1, [])


@pytest.mark.parametrize("streamed", [False, True], ids=["send", "stream"])
@pytest.mark.parametrize(
    ("answer", "expected"),
    [(BUSY, errors.TooManyRequestsError), (LOST, ConnectionLostError)],
    ids=["busy", "lost"],
)
def test_gives_up_after_ten_times(
    answer: Response | Exception, expected: type[Exception], streamed: bool
) -> None:
    client, transport, clock = _client(answer)

    with pytest.raises(expected):
        client.stream(Request("GET", "/x")) if streamed else client.send(Request("GET", "/x"))
    assert (len(transport.requests), len(clock.waits)) == (11, 10)
    assert [stream.closed for stream in transport.streams] == [True] * len(transport.streams)


def test_number_of_retries_is_an_option() -> None:
    client, transport, _ = _client(BUSY, max_retries=0)

    with pytest.raises(errors.TooManyRequestsError):
        client.send(Request("GET", "/x"))
    assert len(transport.requests) == 1


def test_timeout_counts_for_all_attempts_together() -> None:
    client, transport, _ = _client(BUSY, BUSY, OK, seconds_each=1.0)

    client.send(Request("GET", "/x", timeout=20.0))

    assert [request.timeout for request in transport.requests] == [20.0, 16.0, 12.0]


def test_wait_that_is_longer_than_the_timeout_is_not_begun() -> None:
    client, transport, clock = _client(BUSY, OK, timeout=3.0)

    with pytest.raises(errors.TooManyRequestsError) as caught:
        client.send(Request("GET", "/x"))
    assert (len(transport.requests), clock.waits) == (1, [])
    assert caught.value.retry_after_seconds == 3


def test_timeout_of_the_client_is_that_of_a_request_without_one() -> None:
    client, transport, _ = _client(OK, timeout=7.0)
    client.send(Request("GET", "/x"))
    client.send(Request("GET", "/x", timeout=2.0))

    assert [request.timeout for request in transport.requests] == [7.0, 2.0]


def test_stop_ends_a_wait_with_what_the_server_said() -> None:
    client, transport, clock = _client(BUSY, OK)
    clock.stop_in_wait = StopToken()

    with pytest.raises(errors.TooManyRequestsError):
        client.send(Request("GET", "/x", stop=clock.stop_in_wait))
    assert len(transport.requests) == 1


def test_closing_the_client_ends_waits_and_does_not_stop_the_callers_token() -> None:
    client, transport, _ = _client(BUSY, OK)
    stop = StopToken()
    client.close()

    with pytest.raises(errors.TooManyRequestsError):
        client.send(Request("GET", "/x"), stop=stop)
    assert (transport.closed, stop.is_stopped) == (True, False)


def test_error_tells_what_was_asked() -> None:
    client, _, _ = _client(Response(404, {}, b"404 page not found"))

    with pytest.raises(errors.NotFoundError) as caught:
        client.send(Request("GET", "/apis/apps/v1/namespaces/a/deployments/web"))

    assert str(caught.value) == "the server has no such resource (get deployments.apps web)"
    assert caught.value.status.details.kind == "deployments"


def test_failed_stream_is_an_error_and_is_closed() -> None:
    body = b'{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Expired","code":410}'
    client, transport, _ = _client(Response(410, {}, body))

    with pytest.raises(errors.ExpiredError):
        client.stream(Request("GET", "/api/v1/pods"))
    assert [stream.closed for stream in transport.streams] == [True]


def test_warnings_reach_the_handler() -> None:
    seen: list[ServerWarning] = []
    answer = Response(200, {"Warning": '299 - "old API"'})
    client, _, _ = _client(answer, warning_handler=seen.append)
    client.send(Request("GET", "/x"))
    client.stream(Request("GET", "/x"))

    assert seen == [ServerWarning(299, "-", "old API")] * 2


def test_broken_warning_handler_does_not_break_the_call(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_warning: ServerWarning) -> None:
        raise RuntimeError("broken")

    answer = Response(200, {"Warning": '299 - "old API"'})
    client, _, _ = _client(answer, warning_handler=broken)

    assert client.send(Request("GET", "/x")) == answer
    assert [r.getMessage() for r in caplog.records] == ["the warning handler failed"]


def test_debug_log_has_the_request_line_status_and_time(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "kubewright.rest")
    client, _, _ = _client(OK, seconds_each=0.25)
    client.send(Request("POST", "/x", query=[("a", "b")], body=b"s3cr3t"))

    assert [r.getMessage() for r in caplog.records] == ["POST /x?a=b: 200 in 250 ms"]


def test_client_for_a_config_takes_its_options_and_closes_its_transport() -> None:
    config = Config(host="http://h", namespace="prod", timeout=5.0, max_retries=2)
    with RESTClient.for_config(config) as client:
        shown = repr(client)

    assert client.namespace == "prod"
    assert shown == "RESTClient(RequestsTransport('http://h'), namespace='prod')"
