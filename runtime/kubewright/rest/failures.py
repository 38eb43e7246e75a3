"""Exceptions of the HTTP libraries, told in this package's own.

What a user sees names the server and what happened, and never what was sent: no header, no user
and password of a proxy. client-go: ``net.IsConnectionReset`` and its kin.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable, Iterator
from typing import TypeVar

from urllib3 import exceptions as urllib3_errors

from kubewright.errors import (
    CertificateError,
    ConnectionLostError,
    KubeError,
    RefusedError,
    RequestTimeoutError,
    TransportError,
    UnreachableError,
)

__all__ = ["pool_was_closed", "transport_error"]

E = TypeVar("E", bound=BaseException)


def transport_error(error: Exception, server: str, *, doing: str = "") -> KubeError:
    """Return what to raise for an exception, with its innermost known cause chained.

    The exceptions between are left out: those of requests carry the request with its headers.

    Args:
        error: what the HTTP library raised.
        server: the name of the server for the message, ``host:port`` or ``host via proxy``.
        doing: what went on, such as ``GET /api/v1/pods``.
    """
    chain = list(_chain(error))
    if own := _first(chain, KubeError):
        return own
    told, cause = _tell(chain, server)
    if doing and told.args:
        told.args = (f"{doing}: {told.args[0]}",)
    if cause is not None:
        cause.__context__ = None
        told.__cause__ = cause
    return told


def pool_was_closed(error: Exception) -> bool:
    """Return whether a request failed only because its connections were given up."""
    return _first(list(_chain(error)), urllib3_errors.ClosedPoolError) is not None


def _tell(chain: list[BaseException], server: str) -> tuple[TransportError, BaseException | None]:
    if tls := _first(chain, ssl.SSLError):
        return _tls_error(tls, server), tls
    if found := _first(chain, ConnectionRefusedError, socket.gaierror):
        via = _first(chain, urllib3_errors.ProxyError)
        where = server if via is None else f"the proxy of {server}"
        if isinstance(found, ConnectionRefusedError):
            return RefusedError(f"{where} refuses the connection"), found
        return UnreachableError(f"the address of {where} cannot be found"), found
    system = _innermost_os_error(chain)
    for kinds, tell in _RULES:
        if known := _first(chain, *kinds):
            return tell(server, _text(system or known)), system
    return TransportError(f"talking to {server} failed ({type(chain[0]).__name__})"), None


def _tls_error(error: ssl.SSLError, server: str) -> TransportError:
    if isinstance(error, ssl.SSLCertVerificationError):
        text = error.verify_message or "it cannot be verified"
        return CertificateError(f"the certificate of {server} is not trusted: {text}")
    if isinstance(error, ssl.SSLEOFError):
        return ConnectionLostError(f"{server} closed the connection")
    reason = (error.reason or "no reason given").replace("_", " ").lower()
    return CertificateError(f"TLS with {server} failed: {reason}")


# the first that fits counts: some of these exceptions contain others, and some are subclasses
_RULES: tuple[tuple[tuple[type[BaseException], ...], Callable[[str, str], TransportError]], ...] = (
    (
        (urllib3_errors.NewConnectionError, urllib3_errors.ProxyError),
        lambda server, text: UnreachableError(f"no connection to {server}: {text}"),
    ),
    (
        (urllib3_errors.ConnectTimeoutError,),
        lambda server, _: RequestTimeoutError(
            f"no connection to {server} in time", may_have_reached=False
        ),
    ),
    (
        (urllib3_errors.ReadTimeoutError, TimeoutError),
        lambda server, _: RequestTimeoutError(f"no answer from {server} in time"),
    ),
    (
        (urllib3_errors.DecodeError,),
        lambda server, _: TransportError(f"the answer of {server} cannot be decompressed"),
    ),
    (
        (http.client.RemoteDisconnected, http.client.IncompleteRead, urllib3_errors.IncompleteRead),
        lambda server, _: ConnectionLostError(
            f"{server} closed the connection before its answer was complete"
        ),
    ),
    (
        (OSError, http.client.HTTPException, urllib3_errors.ProtocolError),
        lambda server, text: ConnectionLostError(f"the connection to {server} was lost: {text}"),
    ),
)


def _first(chain: list[BaseException], *kinds: type[E]) -> E | None:
    return next((error for error in chain if isinstance(error, kinds)), None)


def _innermost_os_error(chain: list[BaseException]) -> OSError | None:
    return next((error for error in reversed(chain) if isinstance(error, OSError)), None)


def _text(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    if isinstance(error, OSError) and error.args and isinstance(error.args[0], str):
        return error.args[0]
    return type(error).__name__


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield the exception and all below it, outermost first; urllib3 also hides them in args."""
    todo, seen = [error], set[int]()
    while todo:
        current = todo.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        below = (current.__cause__, current.__context__, getattr(current, "reason", None))
        todo += [each for each in (*below, *current.args) if isinstance(each, BaseException)]
