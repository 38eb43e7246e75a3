"""Every exception that this package raises.

* KubeError
  * ConfigError                 the kubeconfig, the CA, the credentials or the proxy cannot be used
  * RequestError                a request that cannot be built (also a ValueError)
  * DecodeError                 bytes that are not what they should be (also a ValueError)
  * TransportError              no answer, or only part of one
    - UnreachableError          no connection: nothing was sent
      . RefusedError            nobody listens there
      . CertificateError        the server is not who it should be, or does not accept us
    - RequestTimeoutError       no answer in time
    - ConnectionLostError       reset or closed before the answer was complete
    - StoppedError              the caller did not want to wait any longer
  * ApiError                    the server said no, and why: ``error.status``
    - BadRequestError           400
    - UnauthorizedError         401
    - ForbiddenError            403
    - NotFoundError             404
    - MethodNotAllowedError     405
    - NotAcceptableError        406
    - ConflictError             409, the object was changed by somebody else
    - AlreadyExistsError        409, on create
    - GoneError                 410
      . ExpiredError            410, a resource version or a page that the server has forgotten
    - RequestTooLargeError      413
    - UnsupportedMediaTypeError 415
    - InvalidError              422, with one cause for each wrong field
    - TooManyRequestsError      429
    - InternalServerError       500
      . StoreReadError          500, an object that the server's store cannot give back
    - ServerTimeoutError        500, the server took too long and did not do it: try again
    - ServiceUnavailableError   503
    - GatewayTimeoutError       504, the server took too long and may still be doing it

client-go: ``k8s.io/apimachinery/pkg/api/errors``; ``except NotFoundError`` is ``IsNotFound(err)``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from kubewright._errors import DecodeError, KubeError
from kubewright._json import is_object
from kubewright.meta_v1 import Status, StatusCause, StatusDetails

__all__ = [
    "AlreadyExistsError",
    "ApiError",
    "BadRequestError",
    "CertificateError",
    "ConfigError",
    "ConflictError",
    "ConnectionLostError",
    "DecodeError",
    "ExpiredError",
    "ForbiddenError",
    "GatewayTimeoutError",
    "GoneError",
    "InternalServerError",
    "InvalidError",
    "KubeError",
    "MethodNotAllowedError",
    "NotAcceptableError",
    "NotFoundError",
    "RefusedError",
    "RequestError",
    "RequestTimeoutError",
    "RequestTooLargeError",
    "ServerTimeoutError",
    "ServiceUnavailableError",
    "StoppedError",
    "StoreReadError",
    "TooManyRequestsError",
    "TransportError",
    "UnauthorizedError",
    "UnreachableError",
    "UnsupportedMediaTypeError",
]

MAX_BODY_TEXT = 2048


class ConfigError(KubeError):
    """The kubeconfig, the service account of the pod or what they point at cannot be used."""


class RequestError(KubeError, ValueError):
    """A request that cannot be built: an empty name, or one that would change the path."""


class TransportError(KubeError):
    """No answer came from the API server, or only a part of one; the cause is chained.

    Attributes:
        may_have_reached: whether the server can have seen the request, and so done what it says.
    """

    def __init__(self, message: str, *, may_have_reached: bool = True) -> None:
        super().__init__(message)
        self.may_have_reached = may_have_reached


class UnreachableError(TransportError):
    """There is no connection to the server, so nothing was sent."""

    def __init__(self, message: str) -> None:
        super().__init__(message, may_have_reached=False)


class RefusedError(UnreachableError):
    """The machine is there, and nobody listens on the port."""


class CertificateError(UnreachableError):
    """The server's certificate is not trusted, or is for another name, or TLS failed."""


class RequestTimeoutError(TransportError):
    """The answer did not come in the time that the call had."""


class ConnectionLostError(TransportError):
    """The connection was reset or closed before the answer was complete."""


class StoppedError(TransportError):
    """The caller's stop token, or the end of the client, came before the answer."""


class ApiError(KubeError):
    """The API server answered with a failure, described by its ``Status``.

    Attributes:
        status: what the server sent; made from the HTTP answer where it sent none.
    """

    reason: ClassVar[str] = ""
    code: ClassVar[int] = 0
    _by_reason: ClassVar[dict[str, type[ApiError]]] = {}
    _by_code: ClassVar[dict[int, type[ApiError]]] = {}

    def __init_subclass__(cls) -> None:
        # the first class of a code is the one that an unknown reason falls back to
        ApiError._by_reason.setdefault(cls.reason, cls)
        ApiError._by_code.setdefault(cls.code, cls)

    def __init__(self, status: Status, *, retry_after_seconds: int | None = None) -> None:
        super().__init__(_one_line(status))
        self.status = status
        self._retry_after = retry_after_seconds

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (type(self), self.status.to_json(), self._retry_after))

    @property
    def retry_after_seconds(self) -> int | None:
        """How long the server asks to wait: from ``Retry-After``, else from the status."""
        if self._retry_after is not None:
            return self._retry_after
        return self.status.details.retry_after_seconds or None

    @staticmethod
    def from_status(status: Status, *, retry_after_seconds: int | None = None) -> ApiError:
        """Build the most exact class: by the reason, or by the code where no class has that."""
        kind = ApiError._by_reason.get(status.reason)
        if kind is None:
            kind = ApiError._by_code.get(status.code, ApiError)
        return kind(status, retry_after_seconds=retry_after_seconds)

    @staticmethod
    def from_response(
        code: int,
        headers: Mapping[str, str],
        body: bytes,
        *,
        verb: str = "",
        group: str = "",
        resource: str = "",
        name: str = "",
    ) -> ApiError:
        """Build the error that an HTTP answer means.

        A body that is a failed ``Status`` speaks for itself. Anything else (a proxy's page, an
        empty body) becomes a status made from the code.

        Args:
            code: the HTTP status.
            headers: of the answer; names in any case.
            body: the whole answer, decompressed.
            verb: the HTTP method of the request.
            group: the API group that was asked.
            resource: the plural that was asked, for the message.
            name: the object that was asked for, for the message.
        """
        retry_after = retry_after_of(headers)
        status = _status_in(body)
        if status is None:
            text = _text_of(headers, body)
            status = _generic_status(code, text, verb, (group, resource, name), retry_after)
        elif not status.code:
            status.code = code
        return ApiError.from_status(status, retry_after_seconds=retry_after)


class BadRequestError(ApiError):
    """The server could not make sense of the request."""

    reason, code = "BadRequest", 400


class UnauthorizedError(ApiError):
    """The server does not know who is asking."""

    reason, code = "Unauthorized", 401


class ForbiddenError(ApiError):
    """The server knows who is asking, and they may not."""

    reason, code = "Forbidden", 403


class NotFoundError(ApiError):
    """There is no such object, or no such resource."""

    reason, code = "NotFound", 404


class MethodNotAllowedError(ApiError):
    """The resource does not do this."""

    reason, code = "MethodNotAllowed", 405


class NotAcceptableError(ApiError):
    """The server cannot answer in the content type that was asked for."""

    reason, code = "NotAcceptable", 406


class ConflictError(ApiError):
    """The object was changed since it was read, or another field manager owns a field."""

    reason, code = "Conflict", 409


class AlreadyExistsError(ApiError):
    """An object of that name exists."""

    reason, code = "AlreadyExists", 409


class GoneError(ApiError):
    """What was asked for is not there any more, and will not come back."""

    reason, code = "Gone", 410


class ExpiredError(GoneError):
    """The resource version or the page is older than what the server keeps: list again."""

    reason, code = "Expired", 410


class RequestTooLargeError(ApiError):
    """The body is bigger than the server takes."""

    reason, code = "RequestEntityTooLarge", 413


class UnsupportedMediaTypeError(ApiError):
    """The server does not read the content type of the body."""

    reason, code = "UnsupportedMediaType", 415


class InvalidError(ApiError):
    """The object does not pass validation; ``status.details.causes`` has the fields."""

    reason, code = "Invalid", 422


class TooManyRequestsError(ApiError):
    """The server has too much to do, or a disruption budget does not allow an eviction now."""

    reason, code = "TooManyRequests", 429


class InternalServerError(ApiError):
    """Something went wrong in the server."""

    reason, code = "InternalError", 500


class ServerTimeoutError(ApiError):
    """The server could not finish in time, and the request can be sent again."""

    reason, code = "ServerTimeout", 500


class StoreReadError(InternalServerError):
    """An object in the server's store cannot be decrypted or decoded."""

    reason, code = "StorageReadError", 500


class ServiceUnavailableError(ApiError):
    """The server, or the extension server behind it, does not answer at the moment."""

    reason, code = "ServiceUnavailable", 503


class GatewayTimeoutError(ApiError):
    """The server gave up waiting; what was asked may still happen."""

    reason, code = "Timeout", 504


_NO_REASON = {
    400: "the server rejected the request and did not say why",
    401: "the server wants credentials, or does not accept those it got",
    403: "the server forbids it",
    404: "the server has no such resource",
    405: "the server does not allow this method on the resource",
    406: "the server cannot answer in any content type that was asked for",
    409: "the server reports a conflict",
    410: "the server has what was asked for no longer",
    413: "the request is larger than the server accepts",
    415: "the server does not accept the content type of the request",
    422: "the server found the request invalid",
    429: "the server has too many requests and asks to try again later",
    503: "the server cannot handle the request at the moment",
    504: "the server did not answer in time and may still be working on the request",
}


def retry_after_of(headers: Mapping[str, str]) -> int | None:
    """Return the seconds of a ``Retry-After`` header; the form with a date does not count."""
    value = _header(headers, "Retry-After").strip()
    return int(value) if value.isascii() and value.isdecimal() else None


def _header(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name)
    if value is not None:
        return value
    return next((v for k, v in headers.items() if k.lower() == name.lower()), "")


def _status_in(body: bytes) -> Status | None:
    # JSON without a kind is not a Status, even if it has all the fields of one
    if body.lstrip()[:1] != b"{":
        return None
    try:
        decoded: Any = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return None
    if not is_object(decoded) or decoded.get("kind") != "Status":
        return None
    if decoded.get("apiVersion", "v1") != "v1" or decoded.get("status") != "Failure":
        return None
    return Status.from_wire(decoded)


def _text_of(headers: Mapping[str, str], body: bytes) -> str:
    if not _header(headers, "Content-Type").strip().lower().startswith("text/"):
        return ""
    return body[:MAX_BODY_TEXT].decode(errors="replace").strip()


def _generic_status(
    code: int, text: str, verb: str, subject: tuple[str, str, str], retry_after: int | None
) -> Status:
    group, resource, name = subject
    message = _NO_REASON.get(code, "")
    if not message:
        message = f"the server answered with HTTP {code} and did not say why"
        if code >= 500:
            message = f"the server failed with HTTP {code}"
    if text and (code in (403, 406, 415) or code not in _NO_REASON):
        message = f"{message}: {text}"
    if resource:
        plural = f"{resource}.{group}" if group else resource
        message = f"{message} ({' '.join(filter(None, (verb.lower(), plural, name)))})"
    return Status(
        status="Failure",
        code=code,
        reason=_reason_for(code, verb),
        message=message,
        details=StatusDetails(
            name=name,
            group=group,
            kind=resource,
            retry_after_seconds=retry_after or 0,
            causes=[StatusCause(reason="UnexpectedServerResponse", message=text or "unknown")],
        ),
    )


def _reason_for(code: int, verb: str) -> str:
    if code == 409 and verb.upper() == "POST":
        return AlreadyExistsError.reason
    if code >= 500 and code not in _NO_REASON:
        return InternalServerError.reason
    # as in client-go, only the code tells 410 and 413, because a proxy may say them too
    if code in _NO_REASON and code not in (410, 413):
        return ApiError._by_code[code].reason  # pyright: ignore[reportPrivateUsage]
    return ""


def _one_line(status: Status) -> str:
    text = status.message or status.reason or f"the server answered with HTTP {status.code}"
    return " ".join(text.split())


def _rebuild(kind: type[ApiError], status: bytes, retry_after: int | None) -> ApiError:
    return kind(Status.from_json(status), retry_after_seconds=retry_after)
