"""Lists and watches as bytes: the seam between what speaks HTTP and what follows a collection.

`kubewright.watch` and `kubewright.cache` work on a `ListerWatcher` and know nothing below it.
client-go: ``cache.ListerWatcher`` and ``watch.Interface``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, Protocol, TypeAlias, TypeVar

import msgspec

from kubewright._clock import StopToken
from kubewright._errors import DecodeError
from kubewright._wire import split_object
from kubewright.errors import GoneError
from kubewright.meta_v1 import ListMeta, split_list

__all__ = [
    "DEFAULT_PAGE_SIZE",
    "EventType",
    "ListerWatcher",
    "ObjectHead",
    "Page",
    "Parts",
    "RawEvent",
    "RawEvents",
    "decode_frame",
    "each_page",
    "head_of",
    "list_all",
    "page_of",
    "parts_of",
]

ItemT = TypeVar("ItemT")

DEFAULT_PAGE_SIZE = 500
"""Objects in one answer of a paged list; the same as client-go's."""

EventType = Literal["ADDED", "MODIFIED", "DELETED", "BOOKMARK"]
Page = tuple[list[bytes], ListMeta]
"""The objects of one answer to a list, each as JSON of its own, and the metadata of the answer."""
Parts: TypeAlias = dict[str, msgspec.Raw]
"""The members of one object, each still JSON."""


_FrameType = Literal["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"]


class RawEvent(msgspec.Struct, frozen=True):
    """One frame of a watch; the members of the object are still JSON."""

    type: _FrameType
    object: Parts


class ObjectHead(msgspec.Struct, frozen=True, rename="camel"):
    """The metadata that tells objects and their states apart."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    labels: dict[str, str] | None = None


_HEAD = ObjectHead.__struct_encode_fields__
_frame = msgspec.json.Decoder(RawEvent).decode
_head = msgspec.json.Decoder(ObjectHead).decode


def decode_frame(line: bytes) -> RawEvent:
    """Read one line of a watch.

    Raises:
        DecodeError: it is no watch event.
    """
    try:
        return _frame(line)
    except RecursionError:
        return _deep_frame(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DecodeError(f"no watch event: {error}") from error


def _deep_frame(line: bytes) -> RawEvent:
    try:
        parts = split_object(line)
        kind = msgspec.json.decode(parts["type"], type=str)
        return RawEvent(msgspec.convert(kind, _FrameType), split_object(parts["object"]))
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError) as error:
        raise DecodeError(f"no watch event: {error}") from error


def parts_of(data: bytes | msgspec.Raw) -> Parts:
    """Split one object into its members.

    Raises:
        DecodeError: it is no JSON object.
    """
    try:
        return split_object(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DecodeError(f"no Kubernetes object: {error}") from error


def head_of(parts: Parts) -> ObjectHead:
    """Read the metadata that name an object and its state.

    Raises:
        DecodeError: they are not what metadata are.
    """
    metadata = parts.get("metadata")
    if metadata is None:
        return ObjectHead()
    try:
        return _head(metadata)
    except RecursionError:
        # something else in the metadata is deeper than can be parsed
        known = {key: raw for key, raw in split_object(metadata).items() if key in _HEAD}
        return _head(msgspec.json.encode(known))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DecodeError(f"no Kubernetes object: {error}") from error


def page_of(data: bytes) -> Page:
    """Split the JSON of a list into its objects, without decoding them.

    Raises:
        DecodeError: it is no list; a table, which has rows, is none.
    """
    items, metadata = split_list(data)
    if not items and "items" not in parts_of(data):
        raise DecodeError("no list of objects: it has no items")
    return items, metadata


class RawEvents(Protocol):
    """An open watch.

    Iterating ends when the server ends the watch, and raises `TransportError` when the connection
    breaks or is silent for too long, `DecodeError` for a frame that is no event.
    """

    def __iter__(self) -> Iterator[RawEvent]: ...

    def set_read_timeout(
        self, seconds: float | None, *, before_read: Callable[[], object] | None = None
    ) -> None:
        """Change how long a silence may be.

        Args:
            seconds: the longest silence; ``None`` for any.
            before_read: called before each read of a connection, which may give less than an
                event; what it raises ends the iteration.
        """
        ...

    def close(self) -> None:
        """End it; from another thread it wakes the one that iterates."""
        ...


class ListerWatcher(Protocol):
    """A collection that can be listed and watched: one resource, one scope, one selector."""

    def list(
        self,
        *,
        resource_version: str | None = None,
        limit: int | None = None,
        continue_token: str | None = None,
        read_timeout: float | None = None,
        stop: StopToken | None = None,
    ) -> Page:
        """Ask for one page, or for everything when there is no limit.

        Args:
            resource_version: as the API has it; not sent together with a token.
            limit: objects in the page.
            continue_token: where the page starts.
            read_timeout: seconds without a byte after which the connection counts as dead.
            stop: ends the call early.

        Raises:
            ApiError: the server refused.
            TransportError: no answer, or only a part of one.
            DecodeError: the answer is no list.
        """
        ...

    def watch(
        self,
        *,
        resource_version: str,
        send_initial_events: bool = False,
        timeout_seconds: int | None = None,
        read_timeout: float | None = None,
        stop: StopToken | None = None,
    ) -> RawEvents:
        """Start to watch, with bookmarks.

        Args:
            resource_version: where to start; events are newer than it.
            send_initial_events: first send what is there, not older than the version, as
                ``ADDED``, and then a bookmark that says so (a "watch list", KEP-3157).
            timeout_seconds: when the server is to end the watch.
            read_timeout: seconds without a byte after which the connection counts as dead.
            stop: ends the call early, and the watch.

        Raises:
            ApiError: the server refused.
            TransportError: no answer.
        """
        ...


class _FetchPage(Protocol):
    def __call__(self, *, limit: int | None, continue_token: str | None) -> Page: ...


class _FetchItems(Protocol[ItemT]):
    def __call__(
        self, *, limit: int | None, continue_token: str | None
    ) -> tuple[list[ItemT], ListMeta]: ...


def list_all(
    fetch: _FetchItems[ItemT],
    *,
    page_size: int = DEFAULT_PAGE_SIZE,
    is_stopped: Callable[[], bool] = lambda: False,
) -> tuple[list[ItemT], ListMeta]:
    """Fetch all pages as one list.

    A token that expires on the way makes it start again, with one list that is not paged: it is
    larger, and cannot expire. The metadata are those of the first page, whose resource version is
    the one to watch from.

    Args:
        fetch: asks for one page.
        page_size: objects in a page; 0 asks for everything at once.
        is_stopped: asked before each further page; what was fetched so far is then returned.
    """
    items, metadata = fetch(limit=page_size or None, continue_token=None)
    token = metadata.continue_
    while token and not is_stopped():
        try:
            more, following = fetch(limit=page_size or None, continue_token=token)
        except GoneError:
            return fetch(limit=None, continue_token=None)
        items += more
        token = following.continue_
    return items, ListMeta(resource_version=metadata.resource_version)


def each_page(
    fetch: _FetchPage, *, page_size: int = DEFAULT_PAGE_SIZE, continue_token: str | None = None
) -> Iterator[Page]:
    """Fetch page by page; only one is held at a time.

    When the token expires, it goes on behind the last object with the token that the server sends
    for that: later pages then show a later state than the first.

    Raises:
        ExpiredError: the token expired and the server sent no other.
    """
    token = continue_token
    while True:
        try:
            page = fetch(limit=page_size or None, continue_token=token)
        except GoneError as error:
            another = error.status.metadata.continue_
            if not another or another == token:
                raise
            token = another
            continue
        yield page
        token = page[1].continue_
        if not token:
            return
