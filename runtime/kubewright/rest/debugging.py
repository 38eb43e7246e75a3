"""Logs requests and answers in the detail that one asks for.

client-go: ``transport.DebugWrappers``; the levels are those of ``kubectl -v``.
"""

from __future__ import annotations

import logging
import shlex
from collections.abc import Mapping
from typing import Final

from kubewright.rest.observing import Observation
from kubewright.rest.request import Request, Subject

__all__ = ["SECRET_RESOURCES", "DebugLog"]

_MASKED: Final = frozenset({"authorization", "cookie", "proxy-authorization"})
_SHORT: Final = 1024  # bytes of a body at level 8
# what is in these is not for a log, however much detail is asked for
SECRET_RESOURCES: Final = frozenset({"secrets", "tokenreviews", "certificatesigningrequests"})
_SECRET_PARTS: Final = frozenset({"token"})


class DebugLog:
    """An observer that logs; for ``connect(wrap=[observing(DebugLog(8))])``.

    Credentials are not in it: they are added to a request after it was observed. Bodies of Secrets
    and of tokens are left out at every level.
    """

    def __init__(self, level: int = 6, *, logger: logging.Logger | None = None) -> None:
        """Choose the detail.

        Args:
            level: 6: each request in a line; 7: its headers and the answer's as well; 8: and the
                first kilobyte of the bodies; 9: all of them, and a command that sends the request.
            logger: gets it at its level DEBUG; ``kubewright.debug`` by default.
        """
        self._level = level
        self._logger = logger or logging.getLogger("kubewright.debug")

    def __call__(self, observation: Observation) -> None:
        """Log one request."""
        if self._level < 6 or not self._logger.isEnabledFor(logging.DEBUG):
            return
        request = observation.request
        lines = [_summary(observation)]
        if self._level >= 7:
            lines += _headers(">", {"Accept": request.accept, **request.headers})
            lines += _headers("<", observation.headers)
        if self._level >= 8:
            lines += self._body(">", request, request.body)
            lines += self._body("<", request, observation.body)
        if self._level >= 9:
            lines.append(_curl(request))
        self._logger.debug("%s", "\n".join(lines))

    def _body(self, sign: str, request: Request, body: bytes | None) -> list[str]:
        if not body:
            return []
        if _is_secret(request):
            return [f"{sign} {len(body)} bytes that are not shown"]
        shown = body if self._level >= 9 else body[:_SHORT]
        more = f" … and {len(body) - len(shown)} bytes more" if len(shown) < len(body) else ""
        return [f"{sign} {_printable(shown)}{more}"]


def _summary(observation: Observation) -> str:
    request = observation.request
    outcome = observation.status if observation.error is None else observation.error
    return f"{request.method} {request.target} {outcome} in {observation.seconds * 1000:.0f} ms"


def _headers(sign: str, headers: Mapping[str, str]) -> list[str]:
    return [f"{sign} {name}: {_shown(name, value)}" for name, value in headers.items()]


def _shown(name: str, value: str) -> str:
    if name.lower() not in _MASKED:
        return value
    scheme, blank, _ = value.partition(" ")
    return f"{scheme} <masked>" if blank else "<masked>"


def _printable(body: bytes) -> str:
    """Return a body as text; what no terminal should get, such as protobuf has, is escaped."""
    text = body.decode(errors="backslashreplace")
    return "".join(c if c.isprintable() or c in "\n\t" else f"\\x{ord(c):02x}" for c in text)


def _is_secret(request: Request) -> bool:
    subject = Subject.of(request.path)
    return subject.resource in SECRET_RESOURCES or request.path.rpartition("/")[2] in _SECRET_PARTS


def _curl(request: Request) -> str:
    parts = ["curl", "-v", "-X", request.method]
    for name, value in {"Accept": request.accept, **request.headers}.items():
        parts += ["-H", f"{name}: {_shown(name, value)}"]
    if request.body is not None:
        parts += ["-H", f"Content-Type: {request.content_type}", "--data-binary", "@-"]
    return f'{shlex.join(parts)} "$SERVER"{shlex.quote(request.target)}'
