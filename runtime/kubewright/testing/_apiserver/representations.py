"""The forms that a caller can ask for objects in: whole, as tables, or their metadata alone.

apiserver: ``endpoints/handlers/negotiation``, ``endpoints/handlers/response.go``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

import msgspec
from urllib3 import HTTPHeaderDict

from kubewright._json import is_array
from kubewright.rest.transport import Response
from kubewright.testing._apiserver.calls import Call
from kubewright.testing._apiserver.failures import (
    RefusedRequest,
    bad_request,
    internal_error,
    no_representation,
    not_acceptable,
)
from kubewright.testing._apiserver.negotiation import accepted
from kubewright.testing._apiserver.state import view
from kubewright.testing._apiserver.store import JSONObject
from kubewright.testing._apiserver.tables.table import (
    INCLUDED,
    list_metadata,
    partial_metadata,
    table_columns,
    table_of,
)
from kubewright.testing._apiserver.yaml_text import yaml_text

__all__ = ["Form", "form_of_refusals", "negotiated", "shown_in", "watch_form", "written_as"]

_JSON, _YAML = "application/json", "application/yaml"
_MEDIA_TYPES: Final = {"*/*": _JSON, "application/*": _JSON, _JSON: _JSON, _YAML: _YAML}
_PROTOBUF: Final = "application/vnd.kubernetes.protobuf"
_ALL: Final = f"{_JSON}, {_YAML}, {_PROTOBUF}"
_ROUTED: Final = frozenset({"*/*", _JSON, _YAML, _PROTOBUF})
_TABLE, _PARTIAL, _PARTIAL_LIST = "Table", "PartialObjectMetadata", "PartialObjectMetadataList"
_FORMS: Final = frozenset({_TABLE, _PARTIAL, _PARTIAL_LIST})
_META_GROUP: Final = "meta.k8s.io"
_META_VERSIONS: Final = frozenset({"v1", "v1beta1"})


class Form(NamedTuple):
    """What objects become on their way out.

    Attributes:
        kind: empty for the objects as they are.
        version: of the kind.
        media_type: JSON or YAML.
    """

    kind: str = ""
    version: str = ""
    media_type: str = _JSON


@lru_cache
def negotiated(accept: str, *, is_builtin: bool, is_watch: bool = False) -> Form:
    """Return the first form of an ``Accept`` header that is served.

    Args:
        accept: the header.
        is_builtin: whether built-in resources are asked for, whose routes look at it as well.
        is_watch: whether it is for a watch.

    Raises:
        RefusedRequest: there is none; what a server can write is JSON, and YAML of what has an end.
    """
    given = {part.partition(";")[0].strip() for part in accept.split(",")}
    if is_builtin and accept and not given & _ROUTED:
        raise no_representation(_ALL)
    for media_range, options in accepted(accept):
        media_type = _MEDIA_TYPES.get(media_range)
        if media_type is None or (is_watch and media_type == _YAML):
            continue
        kind, version = options.get("as", ""), options.get("v", "")
        if not kind:
            return Form(media_type=media_type)
        is_meta = options.get("g") == _META_GROUP and version in _META_VERSIONS
        if is_meta and kind in _FORMS:
            return Form(kind, version, media_type)
    # who wants protobuf alone gets none here, and is told so
    served = f"{_JSON}, {_YAML}" if _PROTOBUF in given else _ALL
    raise not_acceptable(f"only the following media types are accepted: {served}")


def form_of_refusals(accept: str) -> Form:
    """Return the form in which a refusal is written before anybody knows what is asked for."""
    try:
        return negotiated(accept, is_builtin=False)
    except RefusedRequest:
        return Form()


def written_as(form: Form, response: Response) -> Response:
    """Return an answer in the media type that was asked for."""
    if form.media_type == _JSON or response.headers.get("Content-Type") != _JSON:
        return response
    headers = HTTPHeaderDict(response.headers)
    headers["Content-Type"] = _YAML
    text = yaml_text(msgspec.json.decode(response.body))
    return Response(response.status, headers, text.encode())


def shown_in(form: Form, call: Call, response: Response, now: datetime) -> Response:
    """Return the answer to a call in the form that was asked for.

    Raises:
        RefusedRequest: the answer has no such form.
    """
    if not form.kind or response.status >= 300 or call.subresource == "scale":
        return response
    body = msgspec.json.decode(response.body, type=JSONObject)
    if body.get("kind") == "Status":
        return response
    shown = _shown(form, call, body, now)
    return Response(response.status, response.headers, msgspec.json.encode(shown))


def watch_form(
    form: Form, call: Call, now: Callable[[], datetime]
) -> Callable[[Mapping[str, Any]], Mapping[str, Any]] | None:
    """Return what turns the object of each event into the form; None where nothing is to be done.

    Raises:
        RefusedRequest: a wrong option.
    """
    if not form.kind:
        return None
    if form.kind == _TABLE:
        return _TableOfEvents(form, call, now)
    return lambda obj: obj if obj.get("kind") == "Status" else partial_metadata(obj, form.version)


class _TableOfEvents:
    """Makes a table of each event; only the first one says what its columns are."""

    def __init__(self, form: Form, call: Call, now: Callable[[], datetime]) -> None:
        self._form = form
        self._call = call
        self._now = now
        self._has_headers = True
        _included(call)

    def __call__(self, obj: Mapping[str, Any]) -> Mapping[str, Any]:
        if obj.get("kind") == "Status":
            return obj
        shown = _table(self._form, self._call, obj, self._now(), has_headers=self._has_headers)
        self._has_headers = False
        return shown


def _shown(form: Form, call: Call, body: JSONObject, now: datetime) -> JSONObject:
    given: Any = body.get("items")
    items: list[Any] = given if is_array(given) else []
    is_list = call.name is None and body.get("kind") == call.resource.list_kind
    match form.kind:
        case "Table":
            return _table(form, call, body, now)
        case "PartialObjectMetadata" if not is_list:
            return partial_metadata(body, form.version)
        case "PartialObjectMetadataList" if is_list:
            partial = [partial_metadata(item, form.version) for item in items]
            head = {"kind": _PARTIAL_LIST, "apiVersion": f"{_META_GROUP}/{form.version}"}
            return {**head, "metadata": list_metadata(body["metadata"]), "items": partial or None}
        case "PartialObjectMetadataList" if not call.resource.is_builtin:
            raise internal_error("content is not a list")
        case _:
            listed = "a list" if is_list else "not a list"
            raise not_acceptable(
                f"you requested {form.kind}, but the requested object is {listed} "
                f"({json.dumps(body.get('kind'))})"
            )


def _table(
    form: Form, call: Call, body: Mapping[str, Any], now: datetime, *, has_headers: bool = True
) -> JSONObject:
    resource = call.resource
    items: Any = body.get("items")
    is_list = is_array(items) and body.get("kind") == resource.list_kind
    rows = [view(item, resource, call.version) for item in items] if is_list else [body]
    return table_of(
        rows,
        body.get("metadata", {}),
        columns=table_columns(resource, call.version),
        resource=resource,
        now=now,
        include=_included(call),
        version=form.version,
        has_headers=has_headers,
    )


def _included(call: Call) -> str:
    include = call.option("includeObject")
    if include and include not in INCLUDED:
        raise bad_request(
            f"Unable to convert to Table as requested: includeObject: Invalid value: "
            f"{json.dumps(include)}: must be 'Metadata', 'Object', 'None', or empty"
        )
    return include
