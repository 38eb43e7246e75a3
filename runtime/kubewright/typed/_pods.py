"""What pods can do beside being objects: logs, exec, attach, port-forward, files; and proxies.

client-go: ``PodExpansion``, ``tools/remotecommand``, ``tools/portforward``, ``ProxyGet``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from kubewright._closing import Closing
from kubewright.errors import RequestError
from kubewright.rest.request import Method, Request, encode_query
from kubewright.rest.transport import Response, Stream
from kubewright.typed._base import Scope
from kubewright.typed._options import Query

if TYPE_CHECKING:  # few programs use streams; the others need not wait for the import
    from kubewright.streams.port_forward import PortForward
    from kubewright.streams.remote_command import ExecResult, RemoteSession

__all__ = ["LogStream", "PodOperations", "ProxyOperations", "TerminalSize"]

TerminalSize: TypeAlias = tuple[int, int]
"""Columns and rows."""

_ANYTHING: Final = "*/*"


class LogStream(Closing):
    """A log that is read while it comes; a context manager, and iterates over its lines."""

    def __init__(self, stream: Stream) -> None:
        """Take over an open answer."""
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        """The lines without their ends, empty ones left out.

        Raises:
            TransportError: the connection broke.
        """
        return self._stream.lines()

    def chunks(self) -> Iterator[bytes]:
        """The bytes as they come.

        Raises:
            TransportError: the connection broke.
        """
        return self._stream.chunks()

    def text_lines(self) -> Iterator[str]:
        """The lines as text; what is no UTF-8 in them is replaced."""
        return (line.decode(errors="replace") for line in self)

    def close(self) -> None:
        """End it and wake the thread that reads; never raises."""
        self._stream.close()


class PodOperations(Scope):
    """Adds to the client of pods what their containers can do."""

    def log(
        self,
        name: str,
        *,
        container: str | None = None,
        previous: bool = False,
        since_seconds: int | None = None,
        since_time: datetime | None = None,
        tail_lines: int | None = None,
        limit_bytes: int | None = None,
        timestamps: bool = False,
        stream: Literal["All", "Stdout", "Stderr"] | None = None,
        timeout: float | None = None,
    ) -> bytes:
        """Return what a container has written so far, byte for byte.

        Args:
            name: of the pod.
            container: may be left out where there is one only.
            previous: of the run of the container before this one.
            since_seconds: only what is no older.
            since_time: only what is no older.
            tail_lines: only so many lines, the last ones.
            limit_bytes: stop after so many.
            timestamps: a time before each line.
            stream: one of the two outputs, where the server can tell them apart.
            timeout: seconds for the call.

        Raises:
            NotFoundError: there is no such pod.
            BadRequestError: there are several containers, or it has not started.
        """
        query = _log_query(
            container=container,
            previous=previous,
            since_seconds=since_seconds,
            since_time=since_time,
            tail_lines=tail_lines,
            limit_bytes=limit_bytes,
            timestamps=timestamps,
            stream=stream,
        )
        request = Request(
            "GET", self._object_path(name, "log"), query, accept=_ANYTHING, timeout=timeout
        )
        return self._rest.send(request).body

    def follow_log(
        self,
        name: str,
        *,
        container: str | None = None,
        since_seconds: int | None = None,
        since_time: datetime | None = None,
        tail_lines: int | None = None,
        limit_bytes: int | None = None,
        timestamps: bool = False,
        stream: Literal["All", "Stdout", "Stderr"] | None = None,
        read_timeout: float | None = None,
    ) -> LogStream:
        """Follow what a container writes, until it ends.

        Args:
            name: of the pod.
            container: as of `log`, like all the others.
            since_seconds: only what is no older.
            since_time: only what is no older.
            tail_lines: begin so many lines before the end.
            limit_bytes: stop after so many.
            timestamps: a time before each line.
            stream: one of the two outputs.
            read_timeout: the longest silence, in seconds.

        Raises:
            NotFoundError: there is no such pod.
            BadRequestError: there are several containers, or it has not started.
        """
        query = _log_query(
            container=container,
            since_seconds=since_seconds,
            since_time=since_time,
            tail_lines=tail_lines,
            limit_bytes=limit_bytes,
            timestamps=timestamps,
            stream=stream,
        )
        query += encode_query({"follow": True})
        request = Request("GET", self._object_path(name, "log"), query, accept=_ANYTHING)
        return LogStream(self._rest.stream(request, read_timeout=read_timeout))

    def exec(
        self,
        name: str,
        command: Sequence[str],
        *,
        container: str | None = None,
        input: bytes | None = None,  # noqa: A002 - as of subprocess.run
        timeout: float | None = None,
    ) -> ExecResult:
        """Run a command in a container and wait for its end.

        Args:
            name: of the pod.
            command: the program and its arguments; no shell comes in between.
            container: may be left out where there is one only.
            input: what the command reads.
            timeout: the longest silence, in seconds.

        Returns:
            What it wrote, and its exit code, which is a value and never an error.

        Raises:
            NotFoundError: there is no such pod.
            RemoteCommandError: the command could not be run: there is no such program.
            TimeoutError: nothing came in time.
            TransportError: the connection broke.
        """
        session = self.open_exec(name, command, container=container, stdin=input is not None)
        with session:
            return session.communicate(input, timeout)

    def open_exec(
        self,
        name: str,
        command: Sequence[str],
        *,
        container: str | None = None,
        stdin: bool = False,
        tty: bool = False,
        size: TerminalSize | None = None,
    ) -> RemoteSession:
        """Run a command in a container and talk to it while it runs.

        Args:
            name: of the pod.
            command: the program and its arguments; no shell comes in between.
            container: may be left out where there is one only.
            stdin: whether it reads what this side writes.
            tty: give it a terminal; then all its output is ``stdout``.
            size: of the terminal, to begin with.

        Raises:
            NotFoundError: there is no such pod.
            TransportError: there is no connection.
        """
        if not command or isinstance(command, str):
            raise RequestError(
                'the command is a list of the program and its arguments: ["ls", "/"]'
            )
        query = [("command", part) for part in command]
        return self._session(
            name, "exec", query, container=container, stdin=stdin, tty=tty, size=size
        )

    def attach(
        self,
        name: str,
        *,
        container: str | None = None,
        stdin: bool = False,
        tty: bool = False,
        size: TerminalSize | None = None,
    ) -> RemoteSession:
        """Attach to the process of a container.

        Args:
            name: of the pod.
            container: may be left out where there is one only.
            stdin: whether to write to it; the container must be made with ``stdin``.
            tty: whether it has a terminal, as the container says.
            size: of the terminal, to begin with.

        Raises:
            NotFoundError: there is no such pod.
            TransportError: there is no connection.
        """
        return self._session(
            name, "attach", [], container=container, stdin=stdin, tty=tty, size=size
        )

    def port_forward(
        self,
        name: str,
        port: int,
        *,
        local_port: int | None = 0,
        addresses: Sequence[str] = ("localhost",),
    ) -> PortForward:
        """Make a port of a pod one of this machine.

        Args:
            name: of the pod.
            port: of the pod.
            local_port: 0 for one that is free; ``None`` for none, if only `PortForward.connect`
                is used.
            addresses: to listen on; ``localhost`` is both loopbacks.

        Raises:
            NotFoundError: there is no such pod.
            RequestError: the local port is taken, or there is no such port.
            TransportError: there is no connection.
        """
        from kubewright.streams.port_forward import open_port_forward

        request = Request("GET", self._object_path(name, "portforward"))
        return open_port_forward(
            self._rest, request, port, local_port=local_port, addresses=addresses
        )

    def copy_to(
        self, name: str, source: str | Path, target: str, *, container: str | None = None
    ) -> None:
        """Copy a file or folder into a container, which must have ``tar``.

        Args:
            name: of the pod.
            source: of this machine.
            target: what it is called there, absolute; the folder above it must exist.
            container: may be left out where there is one only.

        Raises:
            CopyError: tar failed.
            OSError: the source cannot be read.
        """
        from kubewright.streams.copy import send_files

        send_files(
            lambda command: self.open_exec(name, command, container=container, stdin=True),
            Path(source),
            target,
        )

    def copy_from(
        self, name: str, source: str, target: str | Path, *, container: str | None = None
    ) -> None:
        """Copy a file or folder out of a container, which must have ``tar``.

        Args:
            name: of the pod.
            source: an absolute path there.
            target: what it is called here; the folder above it must exist.
            container: may be left out where there is one only.

        Raises:
            CopyError: tar failed, or sent what must not be written.
            OSError: the target cannot be written.
        """
        from kubewright.streams.copy import receive_files

        receive_files(
            lambda command: self.open_exec(name, command, container=container),
            source,
            Path(target),
        )

    def _session(
        self,
        name: str,
        subresource: str,
        query: Query,
        *,
        container: str | None,
        stdin: bool,
        tty: bool,
        size: TerminalSize | None,
    ) -> RemoteSession:
        from kubewright.streams.remote_command import open_session

        query += encode_query(
            {
                "container": container,
                "stdin": stdin or None,
                "stdout": True,
                "stderr": not tty or None,
                "tty": tty or None,
            }
        )
        request = Request("GET", self._object_path(name, subresource), query)
        session = open_session(self._rest, request)
        try:
            if size is not None:
                session.resize(*size)
        except BaseException:
            session.close()
            raise
        return session


class ProxyOperations(Scope):
    """Adds HTTP requests to what a pod, a service or a node serves, through the API server."""

    def proxy(
        self,
        name: str,
        path: str = "/",
        *,
        port: int | str | None = None,
        scheme: Literal["http", "https"] | None = None,
        method: Method = "GET",
        query: Sequence[tuple[str, str]] = (),
        body: bytes | None = None,
        content_type: str = "application/octet-stream",
        timeout: float | None = None,
    ) -> Response:
        """Send a request to it and return the answer.

        Args:
            name: of the object.
            path: of the request there, with a slash in front.
            port: its number or name.
            scheme: what it speaks.
            method: of the request.
            query: of the request.
            body: of the request.
            content_type: of the body.
            timeout: seconds for the call.

        Raises:
            ApiError: the API server or what is behind it answered with anything but 2xx.
            RequestError: the path leads somewhere else.
        """
        if not path.startswith("/") or any(part in (".", "..") for part in path.split("/")):
            raise RequestError(f"the path {path!r} does not begin with a slash, or leads up")
        target = ":".join(filter(None, (scheme, name, None if port is None else str(port))))
        if scheme is not None and port is None:
            target += ":"
        request = Request(
            method,
            self._object_path(target, "proxy") + path,
            query,
            body,
            content_type,
            _ANYTHING,
            timeout=timeout,
        )
        return self._rest.send(request)


def _log_query(
    *,
    container: str | None,
    previous: bool = False,
    since_seconds: int | None,
    since_time: datetime | None,
    tail_lines: int | None,
    limit_bytes: int | None,
    timestamps: bool,
    stream: str | None,
) -> Query:
    if since_seconds is not None and since_time is not None:
        raise RequestError("since_seconds and since_time exclude each other")
    return encode_query(
        {
            "container": container,
            "previous": previous or None,
            "sinceSeconds": since_seconds,
            "sinceTime": since_time,
            "tailLines": tail_lines,
            "limitBytes": limit_bytes,
            "timestamps": timestamps or None,
            "stream": stream,
        }
    )
