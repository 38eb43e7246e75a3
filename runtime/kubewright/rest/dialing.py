"""Opens connections in a way that another thread can end, whatever state they are in.

client-go: ``net.Dialer`` with a context.
"""

from __future__ import annotations

import errno
import os
import socket
import sys
import threading
from contextlib import suppress
from typing import Any, Self

from urllib3.connection import HTTPConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import allowed_gai_family
from urllib3.util.wait import wait_for_write

__all__ = ["Call", "dial", "shut_down"]

_UNDER_WAY = (errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EINTR)


class Call:
    """One request on its way, which another thread may end.

    Until the headers are there nobody but urllib3 has the connection, so it tells this object.
    """

    _of_thread = threading.local()

    def __init__(self) -> None:
        self.stopped = False
        self._connection: Any = None

    def __enter__(self) -> Self:
        self._of_thread.call = self
        return self

    def __exit__(self, *_: object) -> None:
        self._of_thread.call = None
        self._connection = None

    def stop(self) -> None:
        """Wake the thread that waits for the connection or the headers."""
        self.stopped = True
        shut_down(getattr(self._connection, "sock", None))

    @classmethod
    def uses(cls, connection: Any) -> bool:
        """Take note of the connection that this thread's request goes over.

        Returns:
            Whether to go on: the call was not ended before.
        """
        call: Call | None = getattr(cls._of_thread, "call", None)
        if call is None:
            return True
        call._connection = connection
        if call.stopped:
            call.stop()
        return not call.stopped


def shut_down(sock: Any) -> None:
    """End a connection that another thread may be reading from; never raises."""
    # TLS within TLS, through an https proxy, is an object around the socket
    if sock is not None and not isinstance(sock, socket.socket):
        sock = getattr(sock, "socket", None)
    if isinstance(sock, socket.socket):
        with suppress(OSError):
            # not SSLSocket.shutdown: it makes the reader take encrypted bytes for plain ones
            socket.socket.shutdown(sock, socket.SHUT_RDWR)


def dial(connection: HTTPConnection) -> socket.socket:
    """Connect to the first address of a connection's host that answers.

    It is what urllib3 does itself, but for the end that a `Call` may bring while it waits.

    Args:
        connection: has the host, the options of the socket, and the seconds for each address.

    Raises:
        NameResolutionError: the host has no address.
        ConnectTimeoutError: the last address did not answer in time.
        NewConnectionError: it cannot be connected to, or the call was ended.
    """
    # with the dot at its end, if there is one, that keeps the resolver from adding domains
    host: str = getattr(connection, "_dns_host", connection.host)
    try:
        found = socket.getaddrinfo(
            host.strip("[]"), connection.port, allowed_gai_family(), socket.SOCK_STREAM
        )
    except (socket.gaierror, UnicodeError) as error:
        failure = error if isinstance(error, socket.gaierror) else socket.gaierror(str(error))
        raise NameResolutionError(connection.host, connection, failure) from failure
    failed = OSError(errno.EADDRNOTAVAIL, "the host has no address")
    for family, kind, protocol, _, address in found:
        try:
            sock = _connected(connection, socket.socket(family, kind, protocol), address)
        except OSError as error:
            failed = error
            if isinstance(error, _EndedError):
                break
        else:
            sys.audit("http.client.connect", connection, connection.host, connection.port)
            return sock
    if isinstance(failed, TimeoutError):
        raise ConnectTimeoutError(connection, "connecting took too long") from failed
    raise NewConnectionError(connection, "no connection") from failed


class _EndedError(ConnectionAbortedError):
    """The call is not wanted any more."""


class _Attempt:
    """What a call uses until there is a connection."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock

    def check(self) -> None:
        if not Call.uses(self):
            raise _EndedError(errno.ECONNABORTED, "ended")


def _connected(connection: HTTPConnection, sock: socket.socket, address: Any) -> socket.socket:
    seconds = connection.timeout if isinstance(connection.timeout, int | float) else None
    attempt = _Attempt(sock)
    try:
        for option in connection.socket_options or ():
            sock.setsockopt(*option)
        # made known when it is under way: to shut down what has not begun has no effect
        sock.setblocking(False)
        state = sock.connect_ex(address)
        attempt.check()
        if state in _UNDER_WAY:
            if not wait_for_write(sock, seconds):
                raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
            # an end leaves no error in the socket
            attempt.check()
            state = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if state:
            raise OSError(state, os.strerror(state))
        sock.settimeout(seconds)
    except BaseException:
        sock.close()
        raise
    return sock
