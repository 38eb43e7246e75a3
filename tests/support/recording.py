"""A transport that remembers in which form requests and answers went over the wire."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from kubewright.rest.request import Request
from kubewright.rest.transport import Response, Stream, Transport

__all__ = ["RecordingTransport"]

A = TypeVar("A", Response, Stream)


@dataclass
class RecordingTransport:
    """Carries requests as another transport does.

    Attributes:
        transport: carries them.
        forms: the method, the content type of the request if it has a body, and the one of the
            answer, each without what is common to all.
    """

    transport: Transport
    forms: list[str] = field(default_factory=list[str])

    def send(self, request: Request) -> Response:
        return self._seen(request, self.transport.send(request))

    def stream(self, request: Request, *, read_timeout: float | None = None) -> Stream:
        return self._seen(request, self.transport.stream(request, read_timeout=read_timeout))

    def close(self) -> None:
        self.transport.close()

    def _seen(self, request: Request, answer: A) -> A:
        sent = "" if request.body is None else f" {_short(request.content_type)}"
        self.forms.append(f"{request.method}{sent} -> {_short(answer.headers['Content-Type'])}")
        return answer


def _short(content_type: str) -> str:
    return content_type.removeprefix("application/").removeprefix("vnd.kubernetes.")
