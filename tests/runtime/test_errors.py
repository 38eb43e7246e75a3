"""Which class an answer of the server becomes, and what it says."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest

from kubewright import errors
from kubewright.errors import ApiError, KubeError, TransportError
from kubewright.meta_v1 import Status, StatusDetails


def _status(**fields: Any) -> bytes:
    return json.dumps(
        {"kind": "Status", "apiVersion": "v1", "status": "Failure", **fields}
    ).encode()


@pytest.mark.parametrize(
    ("reason", "code", "expected"),
    [
        ("BadRequest", 400, errors.BadRequestError),
        ("Unauthorized", 401, errors.UnauthorizedError),
        ("Forbidden", 403, errors.ForbiddenError),
        ("NotFound", 404, errors.NotFoundError),
        ("MethodNotAllowed", 405, errors.MethodNotAllowedError),
        ("NotAcceptable", 406, errors.NotAcceptableError),
        ("Conflict", 409, errors.ConflictError),
        ("AlreadyExists", 409, errors.AlreadyExistsError),
        ("Gone", 410, errors.GoneError),
        ("Expired", 410, errors.ExpiredError),
        ("RequestEntityTooLarge", 413, errors.RequestTooLargeError),
        ("UnsupportedMediaType", 415, errors.UnsupportedMediaTypeError),
        ("Invalid", 422, errors.InvalidError),
        ("TooManyRequests", 429, errors.TooManyRequestsError),
        ("InternalError", 500, errors.InternalServerError),
        ("ServerTimeout", 500, errors.ServerTimeoutError),
        ("ServiceUnavailable", 503, errors.ServiceUnavailableError),
        ("Timeout", 504, errors.GatewayTimeoutError),
        ("NotFound", 0, errors.NotFoundError),
        ("Conflict", 404, errors.ConflictError),
        ("SomethingNew", 404, errors.NotFoundError),
        ("", 409, errors.ConflictError),
        ("", 410, errors.GoneError),
        ("", 500, errors.InternalServerError),
        ("SomethingNew", 418, ApiError),
        ("", 0, ApiError),
    ],
)
def test_reason_decides_and_then_the_code(reason: str, code: int, expected: type[ApiError]) -> None:
    error = ApiError.from_status(Status(status="Failure", reason=reason, code=code))

    assert type(error) is expected


def test_expired_is_caught_as_gone_and_exists_is_not_caught_as_conflict() -> None:
    assert issubclass(errors.ExpiredError, errors.GoneError)
    assert not issubclass(errors.AlreadyExistsError, errors.ConflictError)


def test_status_in_the_body_wins_over_the_http_answer() -> None:
    body = _status(reason="Conflict", code=409, message="the object has been modified")

    error = ApiError.from_response(500, {"Content-Type": "application/json"}, body, verb="PUT")

    assert type(error) is errors.ConflictError
    assert str(error) == "the object has been modified"
    assert error.status.code == 409


def test_status_without_a_code_gets_that_of_the_answer() -> None:
    error = ApiError.from_response(422, {}, _status(message="no"))

    assert (type(error), error.status.code) == (errors.InvalidError, 422)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="broken"),
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(b'{"reason":"Conflict","status":"Failure"}', id="no kind"),
        pytest.param(_status(reason="Conflict", status="Success"), id="success"),
        pytest.param(b'{"kind":"Pod","reason":"Conflict"}', id="another kind"),
        pytest.param(b"<html>404</html>", id="a page"),
    ],
)
def test_any_other_body_leaves_the_code_to_tell(body: bytes) -> None:
    error = ApiError.from_response(
        404, {"content-type": "application/json"}, body, verb="GET", resource="pods", name="web"
    )

    assert type(error) is errors.NotFoundError
    assert str(error) == "the server has no such resource (get pods web)"


@pytest.mark.parametrize(
    ("code", "verb", "expected"),
    [
        (400, "GET", errors.BadRequestError),
        (401, "GET", errors.UnauthorizedError),
        (403, "GET", errors.ForbiddenError),
        (405, "GET", errors.MethodNotAllowedError),
        (406, "GET", errors.NotAcceptableError),
        (409, "POST", errors.AlreadyExistsError),
        (409, "PUT", errors.ConflictError),
        (410, "GET", errors.GoneError),
        (413, "POST", errors.RequestTooLargeError),
        (415, "PATCH", errors.UnsupportedMediaTypeError),
        (422, "POST", errors.InvalidError),
        (429, "GET", errors.TooManyRequestsError),
        (500, "GET", errors.InternalServerError),
        (502, "GET", errors.InternalServerError),
        (503, "GET", errors.ServiceUnavailableError),
        (504, "GET", errors.GatewayTimeoutError),
        (302, "GET", ApiError),
        (418, "GET", ApiError),
    ],
)
def test_answer_without_a_status_is_told_by_its_code(
    code: int, verb: str, expected: type[ApiError]
) -> None:
    error = ApiError.from_response(code, {}, b"", verb=verb)

    assert (type(error), error.status.code) == (expected, code)


def test_text_of_a_proxy_is_told_up_to_2048_bytes_on_one_line() -> None:
    error = ApiError.from_response(
        502, {"Content-Type": "text/plain"}, b"bad\ngateway " + b"x" * 4000, verb="GET"
    )

    assert str(error).startswith("the server failed with HTTP 502: bad gateway xxx")
    assert len(error.status.details.causes[0].message) == 2048
    assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("7", 7),
        ("0", 0),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("-1", None),
        ("1.5", None),
        ("", None),
        ("\u0663", None),
    ],
)
def test_retry_after_counts_as_whole_seconds_only(value: str, expected: int | None) -> None:
    error = ApiError.from_response(429, {"retry-after": value}, _status(reason="TooManyRequests"))

    assert error.retry_after_seconds == expected


def test_retry_after_comes_from_the_status_without_a_header() -> None:
    body = _status(reason="ServerTimeout", details={"retryAfterSeconds": 3})

    assert ApiError.from_response(500, {}, body).retry_after_seconds == 3


def test_error_survives_pickling() -> None:
    details = StatusDetails(name="web", kind="pods")
    error = ApiError.from_status(
        Status(status="Failure", reason="NotFound", code=404, message="no", details=details),
        retry_after_seconds=2,
    )

    copy = pickle.loads(pickle.dumps(error))

    assert type(copy) is errors.NotFoundError
    assert copy.status.to_wire() == error.status.to_wire()
    assert (str(copy), copy.retry_after_seconds) == ("no", 2)


def test_every_class_hangs_in_the_tree_and_is_drawn_in_it() -> None:
    classes = [getattr(errors, name) for name in errors.__all__]

    assert [c.__name__ for c in classes if not issubclass(c, KubeError)] == []
    assert [name for name in errors.__all__ if name not in (errors.__doc__ or "")] == []


def test_unreachable_says_that_nothing_was_sent() -> None:
    assert not errors.RefusedError("no").may_have_reached
    assert TransportError("no").may_have_reached
