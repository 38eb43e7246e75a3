"""Get, list and watch, with pages, selectors and resource versions.

apiserver: ``registry/generic/registry/store.go``, ``storage/continue.go``.
"""

from __future__ import annotations

from typing import NamedTuple

from kubewright.testing._apiserver.calls import Call
from kubewright.testing._apiserver.failures import (
    LIST_TOO_OLD,
    PAGE_TOO_OLD,
    RefusedRequest,
    bad_request,
    expired,
    not_found,
    too_large_version,
)
from kubewright.testing._apiserver.list_options import (
    ANY_VERSION,
    PageToken,
    check_list,
    check_watch,
    version_of,
)
from kubewright.testing._apiserver.selection import Selection, selection_of
from kubewright.testing._apiserver.state import OpenWatch, State, push, view
from kubewright.testing._apiserver.store import JSONObject, Key
from kubewright.testing._apiserver.streams import WatchStream

__all__ = ["Found", "find", "get", "list_objects", "start_watch"]


class _Page(NamedTuple):
    version: int | None
    after: Key | None


def get(state: State, call: Call) -> JSONObject:
    """Return an object.

    Raises:
        RefusedRequest: it is not there.
    """
    version = version_of(call)
    if version and version > state.store.version:
        raise too_large_version(version, state.store.version)
    obj = state.get(call.resource, call.key)
    if obj is None:
        raise not_found(call.resource.group, call.resource.plural, call.name or "")
    return obj


class Found(NamedTuple):
    """The objects of a list, or of a page of it, and its metadata."""

    metadata: JSONObject
    objects: list[tuple[Key, JSONObject]]

    def shown(self, call: Call) -> JSONObject:
        """Return them as the list that was asked for."""
        return {
            "kind": call.resource.list_kind,
            "apiVersion": call.api_version,
            "metadata": self.metadata,
            "items": [_item(obj, call) for _, obj in self.objects],
        }


def list_objects(state: State, call: Call) -> JSONObject:
    """Return a list, or a page of it.

    Raises:
        RefusedRequest: a wrong option, or a version that is forgotten or has not been yet.
    """
    return find(state, call).shown(call)


def find(state: State, call: Call) -> Found:
    """Find what a list has.

    Raises:
        RefusedRequest: as `list_objects`.
    """
    selection = _selection(call)
    limit = max(call.number("limit") or 0, 0)
    page = _page(state, call)
    shown = state.store.version if page.version is None else page.version
    there = [
        (key, obj)
        for key, obj in state.store.objects(call.resource.store, page.version)
        if call.namespace in (None, key[0]) and (page.after is None or key > page.after)
    ]
    found = [(key, obj) for key, obj in there if selection.takes(obj)]
    metadata: JSONObject = {"resourceVersion": str(shown)}
    if not call.resource.is_builtin:
        metadata["continue"] = ""
    # a page that is full ends where it is full, whether or not the rest is selected
    if limit and len(found) >= limit and there[-1][0] > found[limit - 1][0]:
        metadata["continue"] = PageToken(shown, found[limit - 1][0]).text(call.namespace)
        if selection.is_everything:
            metadata["remainingItemCount"] = len(found) - limit
        found = found[:limit]
    return Found(metadata, found)


def start_watch(state: State, call: Call, stream: WatchStream) -> None:
    """Send what is there or was missed, and from then on what changes.

    Raises:
        RefusedRequest: a wrong option.
    """
    selection = _selection(call)
    sends_state = check_watch(call)
    version = version_of(call) or 0
    watch = OpenWatch(
        call.resource, call.version, selection, call.flag("allowWatchBookmarks"), stream
    )
    if version and version < state.store.compacted and not sends_state:
        refused = expired(f"too old resource version: {version} ({state.store.compacted})")
        stream.push("ERROR", _status(refused))
        stream.end()
        return
    if sends_state or (version == 0 and sends_state is None):
        for _, obj in state.store.objects(call.resource.store):
            if selection.takes(obj):
                stream.push("ADDED", view(obj, call.resource, call.version))
        if sends_state and watch.with_bookmarks:
            state.bookmark(watch, ends_initial_events=True)
    elif version:
        for change in state.store.since(call.resource.store, version):
            push(watch, change)
    state.watches.append(watch)


def _selection(call: Call) -> Selection:
    labels, fields = call.option("labelSelector"), call.option("fieldSelector")
    return selection_of(call.resource, call.version, call.namespace, labels, fields)


def _item(obj: JSONObject, call: Call) -> JSONObject:
    if call.resource.is_builtin:
        # typed lists of a server leave out what the list says already
        return {key: value for key, value in obj.items() if key not in ("kind", "apiVersion")}
    return view(obj, call.resource, call.version)


def _page(state: State, call: Call) -> _Page:
    check_list(call)
    version = version_of(call, is_list=True)
    if text := call.option("continue"):
        if version:
            raise bad_request("specifying resource version is not allowed when using continue")
        return _continued(state, call, PageToken.read(text, call))
    if version and version > state.store.version:
        raise too_large_version(version, state.store.version)
    if call.option("resourceVersionMatch") != "Exact" or not version:
        return _Page(None, None)
    if version < state.store.compacted:
        raise expired(LIST_TOO_OLD)
    return _Page(version, None)


def _continued(state: State, call: Call, token: PageToken) -> _Page:
    if token.version == ANY_VERSION:
        return _Page(None, token.after)
    if token.version < state.store.compacted:
        another = PageToken(ANY_VERSION, token.after).text(call.namespace)
        raise expired(PAGE_TOO_OLD, continue_token=another)
    return _Page(token.version, token.after)


def _status(refused: RefusedRequest) -> JSONObject:
    return refused.body if isinstance(refused.body, dict) else {}
