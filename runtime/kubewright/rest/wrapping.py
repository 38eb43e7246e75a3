"""A transport around another, which leaves everything to it.

client-go: ``rest.Config.Wrap``, ``transport.WrapperFunc``.
"""

from __future__ import annotations

from kubewright.rest.request import Request
from kubewright.rest.transport import Dialed, Response, Stream, Transport, dial

__all__ = ["WrappedTransport"]


class WrappedTransport:
    """Hands everything on; the base of those that do something more."""

    def __init__(self, transport: Transport) -> None:
        """Take the transport, which is closed together with this one."""
        self._transport = transport

    def send(self, request: Request) -> Response:
        """Send the request and read the whole answer; see `Transport`."""
        return self._transport.send(request)

    def stream(self, request: Request, *, read_timeout: float | None = None) -> Stream:
        """Send the request and return the open answer; see `Transport`."""
        return self._transport.stream(request, read_timeout=read_timeout)

    def dial(self, request: Request) -> Dialed:
        """Open a connection of the caller's own, where the transport has such.

        Raises:
            TransportError: there is no connection, or the transport has none.
        """
        return dial(self._transport, request)

    def close(self) -> None:
        """Close the transport."""
        self._transport.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._transport!r})"
