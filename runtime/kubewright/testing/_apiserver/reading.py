"""Get, list and watch, with pages, selectors and resource versions.

apiserver: ``registry/generic/registry/store.go``, ``storage/continue.go``.
"""

from __future__ import annotations

import base64
import json
from typing import Any, NamedTuple

from kubewright.testing._apiserver.calls import Call
from kubewright.testing._apiserver.failures import (
    LIST_TOO_OLD,
    PAGE_TOO_OLD,
    Cause,
    RefusedRequest,
    bad_request,
    expired,
    invalid,
    not_found,
    too_large_version,
)
from kubewright.testing._apiserver.selection import Selection, selection_of
from kubewright.testing._apiserver.state import OpenWatch, State, push, view
from kubewright.testing._apiserver.store import JSONObject, Key
from kubewright.testing._apiserver.streams import WatchStream

__all__ = ["get", "list_objects", "selected", "start_watch"]

_ANY_VERSION = -1


class _Page(NamedTuple):
    version: int | None
    after: Key | None


def get(state: State, call: Call) -> JSONObject:
    """Return an object.

    Raises:
        RefusedRequest: it is not there.
    """
    obj = state.get(call.resource, call.key)
    if obj is None:
        raise not_found(call.resource.group, call.resource.plural, call.name or "")
    return obj


def selected(state: State, call: Call) -> list[tuple[Key, JSONObject]]:
    """Return the present objects that the selectors of a call take."""
    selection = _selection(call)
    objects = state.store.objects(call.resource.store)
    return [(key, obj) for key, obj in objects if selection.takes(obj)]


def list_objects(state: State, call: Call) -> JSONObject:
    """Return a list, or a page of it.

    Raises:
        RefusedRequest: a wrong option, or a version that is forgotten or has not been yet.
    """
    selection = _selection(call)
    limit = call.number("limit") or 0
    page = _page(state, call)
    shown = state.store.version if page.version is None else page.version
    found = [
        (key, obj)
        for key, obj in state.store.objects(call.resource.store, page.version)
        if selection.takes(obj) and (page.after is None or key > page.after)
    ]
    metadata: JSONObject = {"resourceVersion": str(shown)}
    if not call.resource.is_builtin:
        metadata["continue"] = ""
    if limit and len(found) > limit:
        metadata["continue"] = _token(shown, found[limit - 1][0])
        if selection.is_everything:
            metadata["remainingItemCount"] = len(found) - limit
        found = found[:limit]
    return {
        "kind": call.resource.list_kind,
        "apiVersion": call.api_version,
        "metadata": metadata,
        "items": [_item(obj, call) for _, obj in found],
    }


def start_watch(state: State, call: Call, stream: WatchStream) -> None:
    """Send what is there or was missed, and from then on what changes.

    Raises:
        RefusedRequest: a wrong option.
    """
    selection = _selection(call)
    sends_state = _sends_initial_events(call)
    version = call.number("resourceVersion") or 0
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


def _sends_initial_events(call: Call) -> bool | None:
    text = call.option("sendInitialEvents")
    if not text:
        return None
    if call.option("resourceVersionMatch") != "NotOlderThan":
        message = (
            "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
        )
        cause = Cause("FieldValueForbidden", message, "resourceVersionMatch")
        raise invalid("meta.k8s.io", "ListOptions", "", [cause])
    return call.flag("sendInitialEvents")


def _selection(call: Call) -> Selection:
    named = [f"metadata.name={call.name}"] if call.name else []
    fields = ",".join([*named, *filter(None, [call.option("fieldSelector")])])
    return selection_of(
        call.resource, call.version, call.namespace, call.option("labelSelector"), fields
    )


def _item(obj: JSONObject, call: Call) -> JSONObject:
    if call.resource.is_builtin:
        # typed lists of a server leave out what the list says already
        return {key: value for key, value in obj.items() if key not in ("kind", "apiVersion")}
    return view(obj, call.resource, call.version)


def _page(state: State, call: Call) -> _Page:
    token = call.option("continue")
    version = call.number("resourceVersion")
    match = call.option("resourceVersionMatch")
    if token:
        if version:
            raise bad_request("specifying resource version is not allowed when using continue")
        return _continued(state, token)
    if match and version is None:
        message = "Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided"
        cause = Cause("FieldValueForbidden", message, "resourceVersionMatch")
        raise invalid("meta.k8s.io", "ListOptions", "", [cause])
    if version and version > state.store.version:
        raise too_large_version(version, state.store.version)
    if match != "Exact" or not version:
        return _Page(None, None)
    if version < state.store.compacted:
        raise expired(LIST_TOO_OLD)
    return _Page(version, None)


def _continued(state: State, token: str) -> _Page:
    try:
        data: Any = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        version = int(data["rv"])
        namespace, _, name = str(data["start"]).rstrip("\0").partition("/")
    except (ValueError, KeyError, TypeError) as error:
        raise bad_request(f"continue key is not valid: {error}") from error
    if version == _ANY_VERSION:
        return _Page(None, (namespace, name))
    if version < state.store.compacted:
        another = _token(_ANY_VERSION, (namespace, name))
        raise expired(PAGE_TOO_OLD, continue_token=another)
    return _Page(version, (namespace, name))


def _token(version: int, last: Key) -> str:
    data = {"v": "meta.k8s.io/v1", "rv": version, "start": "/".join(last) + "\0"}
    encoded = base64.urlsafe_b64encode(json.dumps(data, separators=(",", ":")).encode())
    return encoded.decode().rstrip("=")


def _status(refused: RefusedRequest) -> JSONObject:
    return refused.body if isinstance(refused.body, dict) else {}
