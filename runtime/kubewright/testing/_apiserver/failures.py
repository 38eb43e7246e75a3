"""The refusals of an API server: a ``Status`` in the server's words, raised and then answered.

client-go: ``k8s.io/apimachinery/pkg/api/errors``, from the side that makes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from kubewright.testing._apiserver.golang import quoted

__all__ = [
    "Cause",
    "RefusedRequest",
    "already_exists",
    "bad_request",
    "being_deleted",
    "broken_inside",
    "conflict",
    "expired",
    "forbidden",
    "internal_error",
    "invalid",
    "invalid_patch",
    "method_not_allowed",
    "no_patch_type",
    "no_representation",
    "no_resource",
    "not_acceptable",
    "not_found",
    "not_served",
    "not_supported",
    "over_budget",
    "status_of",
    "too_large_body",
    "unsupported_media_type",
]

MODIFIED = (
    "the object has been modified; please apply your changes to the latest version and try again"
)
LIST_TOO_OLD = "The resourceVersion for the provided list is too old."
PAGE_TOO_OLD = (
    "The provided continue parameter is too old to display a consistent list result. You can start "
    "a new list without the continue parameter, or use the continue token in this response to "
    "retrieve the remainder of the results. Continuing with the provided token results in an "
    "inconsistent list - objects that were created, modified, or deleted between the time the "
    "first chunk was returned and now may show up in the list."
)


class Cause(NamedTuple):
    """One cause of a failure."""

    reason: str
    message: str
    field: str

    def to_wire(self) -> dict[str, Any]:
        """Return it as in a ``Status``."""
        wire = {"reason": self.reason, "message": self.message, "field": self.field}
        return {key: value for key, value in wire.items() if value}


class RefusedRequest(Exception):  # noqa: N818 - never leaves this package: it becomes an answer
    """The answer to a request that the server does not do.

    Attributes:
        code: the HTTP status.
        body: a ``Status`` object, or text where a server sends no object.
    """

    def __init__(self, code: int, body: dict[str, Any] | str) -> None:
        super().__init__(body if isinstance(body, str) else body["message"])
        self.code = code
        self.body = body


def status_of(
    code: int,
    reason: str,
    message: str,
    details: dict[str, Any] | None = None,
    *,
    continue_token: str = "",
) -> dict[str, Any]:
    """Return a failed ``Status`` object."""
    wire: dict[str, Any] = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {"continue": continue_token} if continue_token else {},
        "status": "Failure",
        "message": message,
        "reason": reason,
    }
    if details is not None:
        wire["details"] = details
    return {**wire, "code": code}


def _about(resource: str, group: str, name: str) -> dict[str, Any]:
    details = {"name": name, "group": group, "kind": resource}
    return {key: value for key, value in details.items() if value}


def _qualified(resource: str, group: str) -> str:
    return f"{resource}.{group}" if group else resource


def _refused(code: int, reason: str, message: str, **details: Any) -> RefusedRequest:
    return RefusedRequest(code, status_of(code, reason, message, details or None))


def not_served() -> RefusedRequest:
    """Refuse a path that no resource has; a server answers in plain text."""
    return RefusedRequest(404, "404 page not found\n")


def no_resource() -> RefusedRequest:
    """Refuse a resource that a built-in group version does not have."""
    message = "the server could not find the requested resource"
    return RefusedRequest(404, status_of(404, "NotFound", message, {}))


def not_found(group: str, resource: str, name: str) -> RefusedRequest:
    """Refuse what is about an object that is not there."""
    message = f"{_qualified(resource, group)} {quoted(name)} not found"
    return _refused(404, "NotFound", message, **_about(resource, group, name))


def already_exists(group: str, resource: str, name: str) -> RefusedRequest:
    """Refuse to create what is there."""
    message = f"{_qualified(resource, group)} {quoted(name)} already exists"
    return _refused(409, "AlreadyExists", message, **_about(resource, group, name))


def being_deleted(group: str, resource: str, name: str) -> RefusedRequest:
    """Refuse to create what is there until somebody takes its finalizers away."""
    subject = f"{_qualified(resource, group)} {quoted(name)}"
    message = f"object is being deleted: {subject} already exists"
    return _refused(409, "AlreadyExists", message, **_about(resource, group, name))


def conflict(group: str, resource: str, name: str, why: str = MODIFIED) -> RefusedRequest:
    """Refuse a change to another state of the object than there is; some name it by its kind."""
    subject = f"{_qualified(resource, group)} {quoted(name)}"
    message = f"Operation cannot be fulfilled on {subject}: {why}"
    return _refused(409, "Conflict", message, **_about(resource, group, name))


def invalid(group: str, kind: str, name: str, causes: Sequence[Cause]) -> RefusedRequest:
    """Refuse an object with wrong fields."""
    texts = list(dict.fromkeys(f"{cause.field}: {cause.message}" for cause in causes))
    listed = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    message = f"{_qualified(kind, group)} {quoted(name)} is invalid: {listed}"
    details = _about(kind, group, name) | {"causes": [cause.to_wire() for cause in causes]}
    return _refused(422, "Invalid", message, **details)


def invalid_patch(shown: str, why: str) -> RefusedRequest:
    """Refuse what a patch has made of an object, which is shown as the server shows it."""
    cause = Cause("FieldValueInvalid", f"Invalid value: {quoted(shown)}: {why}", "patch")
    return invalid("", "", "", [cause])


def bad_request(message: str) -> RefusedRequest:
    """Refuse what makes no sense."""
    return _refused(400, "BadRequest", message)


def forbidden(group: str, resource: str, name: str, why: str, **details: Any) -> RefusedRequest:
    """Refuse what a policy does not allow."""
    subject = _qualified(resource, group) + (f" {quoted(name)}" if name else "")
    message = f"{subject} is forbidden: {why}"
    return _refused(403, "Forbidden", message, **_about(resource, group, name), **details)


def internal_error(message: str) -> RefusedRequest:
    """Refuse what a server has no better answer to."""
    wire = status_of(500, "", message)
    return RefusedRequest(500, {key: value for key, value in wire.items() if key != "reason"})


def broken_inside(why: str) -> RefusedRequest:
    """Refuse what a server fails at, and tells its own reason of."""
    details = {"causes": [{"message": why}]}
    return _refused(500, "InternalError", f"Internal error occurred: {why}", **details)


def method_not_allowed() -> RefusedRequest:
    """Refuse a verb that the resource does not have."""
    message = "the server does not allow this method on the requested resource"
    return RefusedRequest(405, status_of(405, "MethodNotAllowed", message, {}))


def not_supported(verb: str, group: str, resource: str) -> RefusedRequest:
    """Refuse a verb in the words that some resources have for it."""
    message = f'{verb} is not supported on resources of kind "{_qualified(resource, group)}"'
    return _refused(405, "MethodNotAllowed", message, **_about(resource, group, ""))


def not_implemented(what: str) -> RefusedRequest:
    """Refuse what a real server does and this one does not, in words that cannot be mistaken."""
    return _refused(501, "NotImplemented", f"FakeCluster does not implement {what}")


def unsupported_media_type(accepted: Sequence[str]) -> RefusedRequest:
    """Refuse a content type."""
    message = (
        "the body of the request was in an unknown format - accepted media types include: "
        + ", ".join(accepted)
    )
    return RefusedRequest(415, status_of(415, "UnsupportedMediaType", message))


def no_patch_type() -> RefusedRequest:
    """Refuse a content type where built-in resources have no route for it."""
    message = "415: Unsupported Media Type"
    return RefusedRequest(415, status_of(415, "UnsupportedMediaType", message, {}))


def not_acceptable(message: str) -> RefusedRequest:
    """Refuse to answer in any of the forms that the caller can read."""
    return _refused(406, "NotAcceptable", message)


def no_representation(available: str) -> RefusedRequest:
    """Refuse to answer in what a caller can read where built-in resources have no route for it."""
    message = f"406: Not Acceptable\n\nAvailable representations: {available}"
    return RefusedRequest(406, status_of(406, "NotAcceptable", message, {}))


def too_large_body(limit: int) -> RefusedRequest:
    """Refuse a body of more bytes than a server reads."""
    return _refused(413, "RequestEntityTooLarge", f"Request entity too large: limit is {limit}")


def unprocessable() -> RefusedRequest:
    """Refuse a patch that cannot be applied to the object; a server does not say why."""
    words = "the server rejected our request due to an error in our request"
    return RefusedRequest(422, status_of(422, "Invalid", words, {}))


def over_budget(why: str, *, retry_after: int = 0) -> RefusedRequest:
    """Refuse to evict a pod; the time is in seconds, none where nobody can tell."""
    message = "Cannot evict pod as it would violate the pod's disruption budget."
    details: dict[str, Any] = {"causes": [{"reason": "DisruptionBudget", "message": why}]}
    if retry_after:
        details["retryAfterSeconds"] = retry_after
    return _refused(429, "TooManyRequests", message, **details)


def expired(message: str, *, continue_token: str = "") -> RefusedRequest:
    """Refuse a version that the server has forgotten."""
    wire = status_of(410, "Expired", message, continue_token=continue_token)
    return RefusedRequest(410, wire)


def too_large_version(asked: int, current: int) -> RefusedRequest:
    """Refuse to wait for a version that has not been yet."""
    message = f"Too large resource version: {asked}, current: {current}"
    cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
    details = {"causes": [cause], "retryAfterSeconds": 1}
    return RefusedRequest(504, status_of(504, "Timeout", f"Timeout: {message}", details))


def apply_conflict(found: Sequence[tuple[str, str]]) -> RefusedRequest:
    """Refuse to take fields over; pairs of who owns it (as the server prints it) and which."""
    count = len(found)
    by_owner: dict[str, list[str]] = {}
    for owner, field in found:
        by_owner.setdefault(owner, []).append(field)
    parts = [
        (
            f"conflict with {owner}: {fields[0]}"
            if count == 1
            else f"conflicts with {owner}:\n" + "\n".join(f"- {field}" for field in fields)
        )
        for owner, fields in by_owner.items()
    ]
    noun = "conflict" if count == 1 else "conflicts"
    message = f"Apply failed with {count} {noun}: " + "\n".join(parts)
    causes = [
        Cause("FieldManagerConflict", f"conflict with {owner}", field).to_wire()
        for owner, field in found
    ]
    return _refused(409, "Conflict", message, causes=causes)
