"""Speaks protobuf with the server where both can, and JSON with everything above.

What is read comes in protobuf if the server has it, and objects that are written go out in it.
Answers to writes are asked for in JSON: a server of a newer version may tell fields whose numbers
are not known here, and unlike a read, a write cannot be repeated to get them.

client-go: ``rest.ContentConfig`` and ``runtime.NegotiatedSerializer``, which leave such fields out.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TypeVar

from urllib3 import HTTPHeaderDict

from kubewright._closing import Closing
from kubewright.errors import DecodeError
from kubewright.protobuf import CONTENT_TYPE, JsonOnlyError, to_json, to_protobuf, watch_lines
from kubewright.resource import is_built_in
from kubewright.rest.request import Request, Subject
from kubewright.rest.transport import Response, Stream, Transport

__all__ = ["ProtobufTransport"]

logger = logging.getLogger("kubewright.rest")

A = TypeVar("A", Response, Stream)

_JSON = "application/json"
_ACCEPT = f"{CONTENT_TYPE},{_JSON}"
_NOT_ACCEPTABLE, _UNSUPPORTED_MEDIA_TYPE = 406, 415


class ProtobufTransport:
    """Carries requests as another transport does, in protobuf where that is possible.

    Only requests about built-in kinds that ask for JSON are changed. A group whose server does not
    take protobuf, or tells what this version does not know, is spoken to in JSON from then on.
    """

    def __init__(self, transport: Transport) -> None:
        """Wrap the transport; it is closed together with this one."""
        self._transport = transport
        self._json_groups: set[str] = set()

    def send(self, request: Request) -> Response:
        """Send the request and read the whole answer, of any status.

        Raises:
            TransportError: if no complete answer came.
            DecodeError: if the answer says that it is protobuf, and is not.
        """
        response = self._negotiate(request, self._transport.send)
        if not _is_protobuf(response.headers):
            return response
        try:
            body = to_json(response.body)
        except JsonOnlyError as error:
            self._give_up(request, error)
            if request.method != "GET":  # it was done, and must not be done twice
                raise DecodeError(
                    f"an answer in protobuf, which was not asked for: {error}"
                ) from None
            return self._transport.send(request)
        return Response(response.status, _as_json(response.headers), body)

    def stream(self, request: Request, *, read_timeout: float | None = None) -> Stream:
        """Send the request and return the answer once its headers are there.

        Args:
            request: its ``timeout`` counts until the headers.
            read_timeout: the longest silence between bytes, in seconds.

        Raises:
            TransportError: if no headers came.
        """

        def in_json(attempt: Request) -> Stream:
            return self._transport.stream(attempt, read_timeout=read_timeout)

        stream = self._negotiate(request, in_json)
        if not _is_protobuf(stream.headers):
            return stream
        give_up, again = partial(self._give_up, request), partial(in_json, request)
        return _JsonStream(stream, give_up, again)

    def close(self) -> None:
        """Give up all connections and end open streams."""
        self._transport.close()

    def __repr__(self) -> str:
        return f"ProtobufTransport({self._transport!r})"

    def _negotiate(self, request: Request, send: Callable[[Request], A]) -> A:
        asked = self._asked(request)
        answer = send(asked)
        refused = answer.status in (_NOT_ACCEPTABLE, _UNSUPPORTED_MEDIA_TYPE)
        if asked is request or not refused:
            return answer
        if not isinstance(answer, Response):
            answer.close()
        self._give_up(request, f"status {answer.status}")
        return send(request)

    def _asked(self, request: Request) -> Request:
        subject = Subject.of(request.path)
        if not subject.resource or not is_built_in(subject.group):
            return request
        # what is behind a proxy is none of the server's kinds
        if subject.group in self._json_groups or "proxy" in request.path.split("/"):
            return request
        if request.method == "GET" and request.accept == _JSON:
            return replace(request, accept=_ACCEPT)
        if request.method not in ("POST", "PUT") or request.content_type != _JSON:
            return request
        try:
            body = to_protobuf(request.body or b"")
        except JsonOnlyError:
            return request  # in JSON the server can say what is wrong with it
        return replace(request, body=body, content_type=CONTENT_TYPE)

    def _give_up(self, request: Request, reason: object) -> None:
        group = Subject.of(request.path).group
        logger.debug("%s: JSON instead of protobuf: %s", group or "core", reason)
        self._json_groups.add(group)


class _JsonStream(Closing):
    """An open answer in protobuf, read as JSON."""

    def __init__(
        self, stream: Stream, give_up: Callable[[object], None], again: Callable[[], Stream]
    ) -> None:
        """Take over the answer.

        Args:
            stream: the answer.
            give_up: is told why the next requests are to be in JSON.
            again: asks for the same in JSON.
        """
        self._stream = stream
        self._give_up = give_up
        self._again = again
        self._is_closed = False
        self.headers: Mapping[str, str] = _as_json(stream.headers)

    @property
    def status(self) -> int:
        return self._stream.status

    def chunks(self) -> Iterator[bytes]:
        """Yield all at once: a message cannot be read before its end."""
        if body := self.read():
            yield body

    def lines(self) -> Iterator[bytes]:
        """Yield the events of a watch.

        What cannot be read ends the watch, which its reader goes on with at the last version, then
        in JSON.
        """
        try:
            yield from watch_lines(self._stream.chunks())
        except JsonOnlyError as error:
            self._give_up(error)
            self.close()

    def read(self) -> bytes:
        body = self._stream.read()
        if not body:
            return body
        try:
            return to_json(body)
        except JsonOnlyError as error:
            self._give_up(error)
            self._stream = self._again()
            if self._is_closed:
                self._stream.close()
            return self._stream.read()

    def set_read_timeout(
        self, seconds: float | None, *, before_read: Callable[[], object] | None = None
    ) -> None:
        self._stream.set_read_timeout(seconds, before_read=before_read)

    def close(self) -> None:
        self._is_closed = True
        self._stream.close()

    def __repr__(self) -> str:
        return f"<{self._stream!r} as JSON>"


def _is_protobuf(headers: Mapping[str, str]) -> bool:
    return _content_type(headers).partition(";")[0].strip().lower() == CONTENT_TYPE


def _content_type(headers: Mapping[str, str]) -> str:
    return HTTPHeaderDict(headers).get("Content-Type", "")


def _as_json(headers: Mapping[str, str]) -> Mapping[str, str]:
    told = HTTPHeaderDict(headers)
    told["Content-Type"] = _JSON
    return told
