"""A collection of the server as a `ListerWatcher`: bytes in, bytes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from kubewright._clock import StopToken
from kubewright.rest.client import RESTClient
from kubewright.rest.request import Request, encode_query
from kubewright.rest.transport import Stream
from kubewright.watch.lister_watcher import Page, RawEvent, decode_frame, page_of

__all__ = ["RestCollection"]

# a server sends the headers of a watch at once, unless it is short of threads, and gives up a
# list after this time
_HEADERS_TIMEOUT = 60.0
_JSON = "application/json"


class RestCollection:
    """Lists and watches one path with one selection."""

    def __init__(
        self,
        rest: RESTClient,
        path: str,
        query: list[tuple[str, str]],
        *,
        first_query: list[tuple[str, str]] | None = None,
        timeout: float | None = None,
        accept: str = _JSON,
        accept_events: str = _JSON,
    ) -> None:
        """Name the collection; nothing is sent.

        Args:
            rest: the way to the server.
            path: of the collection.
            query: what goes with every request, such as selectors.
            first_query: what goes only with lists that have no continue token.
            timeout: seconds for each answer to a list.
            accept: the content types that lists may have, best first.
            accept_events: those of the objects in a watch.
        """
        self._rest = rest
        self._path = path
        self._query = query
        self._first_query = first_query or []
        self._timeout = timeout
        self._accept = accept
        self._accept_events = accept_events

    def list(
        self,
        *,
        resource_version: str | None = None,
        limit: int | None = None,
        continue_token: str | None = None,
        read_timeout: float | None = None,
        stop: StopToken | None = None,
    ) -> Page:
        """Ask for one page, or for everything when there is no limit."""
        options = encode_query({"limit": limit, "continue": continue_token})
        if continue_token is None:
            # a token has its own version: the server refuses both together
            options += self._first_query + encode_query({"resourceVersion": resource_version})
        query = [*self._query, *options]
        request = Request("GET", self._path, query, accept=self._accept, timeout=self._timeout)
        if read_timeout is None:
            return page_of(self._rest.send(request, stop=stop).body)
        request = replace(request, timeout=_headers_timeout(read_timeout))
        with self._rest.stream(request, read_timeout=read_timeout, stop=stop) as stream:
            return page_of(stream.read())

    def watch(
        self,
        *,
        resource_version: str,
        send_initial_events: bool = False,
        timeout_seconds: int | None = None,
        read_timeout: float | None = None,
        stop: StopToken | None = None,
    ) -> _Frames:
        """Start to watch, with bookmarks."""
        options = encode_query(
            {
                "watch": True,
                "allowWatchBookmarks": True,
                "resourceVersion": resource_version or None,
                "resourceVersionMatch": "NotOlderThan" if send_initial_events else None,
                "sendInitialEvents": send_initial_events or None,
                "timeoutSeconds": timeout_seconds,
            }
        )
        request = Request(
            "GET",
            self._path,
            [*self._query, *options],
            accept=self._accept_events,
            timeout=_headers_timeout(read_timeout),
        )
        return _Frames(self._rest.stream(request, read_timeout=read_timeout, stop=stop))


def _headers_timeout(read_timeout: float | None) -> float:
    return _HEADERS_TIMEOUT if read_timeout is None else min(_HEADERS_TIMEOUT, read_timeout)


class _Frames:
    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[RawEvent]:
        return map(decode_frame, self._stream.lines())

    def set_read_timeout(
        self, seconds: float | None, *, before_read: Callable[[], object] | None = None
    ) -> None:
        self._stream.set_read_timeout(seconds, before_read=before_read)

    def close(self) -> None:
        self._stream.close()
