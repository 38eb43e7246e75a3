"""Who asks, for what, and whether that is allowed; by default everything is.

apiserver: ``pkg/authorization/authorizer``, ``endpoints/filters/authorization.go``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from kubewright.rest.request import Request
from kubewright.testing._apiserver.access.tokens import User, user_of_token
from kubewright.testing._apiserver.calls import Call
from kubewright.testing._apiserver.failures import RefusedRequest, forbidden
from kubewright.testing._apiserver.golang import quoted
from kubewright.testing._apiserver.state import State

__all__ = ["AccessAttributes", "Authorize", "attributes_of", "check_access", "denial", "user_of"]

_ADMIN: Final = User("admin", ("system:masters", "system:authenticated"), uid="admin")
_BEARER: Final = "bearer "


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessAttributes:
    """What somebody wants to do, for a `FakeCluster.authorize` to judge.

    client-go: ``authorizer.Attributes``.

    Attributes:
        user: who; ``admin`` unless a request impersonates somebody or has a token of the cluster.
        groups: in which that user is.
        verb: ``get``, ``list``, ``watch``, ``create``, ``update``, ``patch``, ``delete``,
            ``deletecollection``.
        group: of the resource; empty for the core group.
        version: of the resource; empty where a review names none.
        resource: the plural; empty for a path that is no resource.
        subresource: such as ``status``; empty for the object itself.
        namespace: empty for the whole cluster.
        name: empty for collections.
        path: of what is no resource, such as ``/metrics``, which only reviews ask for.
    """

    user: str
    groups: tuple[str, ...] = ()
    verb: str
    group: str = ""
    version: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""


Authorize: TypeAlias = Callable[[AccessAttributes], bool | str]
"""Whether something is allowed: true, false, or why it is not."""


def denial(authorize: Authorize | None, attributes: AccessAttributes) -> str | None:
    """Return why something is not allowed, which may be empty; None where it is."""
    answer = True if authorize is None else authorize(attributes)
    if isinstance(answer, str):
        return answer
    return None if answer else ""


def user_of(state: State, request: Request) -> User:
    """Return who sends a request."""
    headers = {key.lower(): value for key, value in request.headers.items()}
    if name := headers.get("impersonate-user"):
        group = headers.get("impersonate-group")
        return User(name, (*([group] if group else ()), "system:authenticated"))
    authorization = headers.get("authorization", "")
    if authorization.lower().startswith(_BEARER):
        return user_of_token(state, authorization[len(_BEARER) :]) or _ADMIN
    return _ADMIN


def attributes_of(state: State, call: Call, verb: str) -> AccessAttributes:
    """Return what a call wants to do."""
    user = user_of(state, call.request)
    is_namespace = call.resource.store == ("", "namespaces")
    return AccessAttributes(
        user=user.name,
        groups=user.groups,
        verb=verb,
        group=call.resource.group,
        version=call.version,
        resource=call.resource.plural,
        subresource=call.subresource,
        namespace=(call.name if is_namespace else call.namespace) or "",
        name=call.name or "",
    )


def check_access(authorize: Authorize | None, attributes: AccessAttributes) -> None:
    """Refuse what is not allowed.

    Raises:
        RefusedRequest: in the words of a server.
    """
    why = denial(authorize, attributes)
    if why is not None:
        raise _refusal(attributes, why)


def _refusal(attributes: AccessAttributes, why: str) -> RefusedRequest:
    below = f"/{attributes.subresource}" if attributes.subresource else ""
    where = (
        f"in the namespace {quoted(attributes.namespace)}"
        if attributes.namespace
        else "at the cluster scope"
    )
    words = (
        f"User {quoted(attributes.user)} cannot {attributes.verb} resource "
        f"{quoted(attributes.resource + below)} in API group {quoted(attributes.group)} {where}"
    )
    full = f"{words}: {why}" if why else words
    return forbidden(attributes.group, attributes.resource, attributes.name, full)
