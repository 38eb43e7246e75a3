"""Answers requests with what a server in memory holds: each verb, and what the server is itself.

apiserver: ``endpoints/handlers``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import accumulate
from typing import Any, Final

import msgspec
from urllib3 import HTTPHeaderDict

from kubewright._clock import Clock
from kubewright.rest.request import Request
from kubewright.rest.transport import Response, Stream
from kubewright.testing._apiserver.access.authorization import (
    Authorize,
    attributes_of,
    check_access,
)
from kubewright.testing._apiserver.access.reviews import REVIEWS, review
from kubewright.testing._apiserver.access.tokens import request_token
from kubewright.testing._apiserver.binding import bind, bind_named
from kubewright.testing._apiserver.bodies import in_json_form
from kubewright.testing._apiserver.calls import Call, is_watch, read_call, segments_of
from kubewright.testing._apiserver.documents.discovery import discover
from kubewright.testing._apiserver.documents.openapi import OpenAPI
from kubewright.testing._apiserver.ending.deleting import (
    delete,
    delete_collection,
)
from kubewright.testing._apiserver.ending.evicting import evict
from kubewright.testing._apiserver.failures import (
    RefusedRequest,
    bad_request,
    method_not_allowed,
    no_resource,
    not_found,
    not_implemented,
    not_supported,
)
from kubewright.testing._apiserver.reading import get, list_objects, start_watch
from kubewright.testing._apiserver.representations import (
    form_of_refusals,
    negotiated,
    shown_in,
    watch_form,
    written_as,
)
from kubewright.testing._apiserver.scale import read_scale, write_scale
from kubewright.testing._apiserver.state import State, view
from kubewright.testing._apiserver.streams import Alter, AnswerStream, WatchStream
from kubewright.testing._apiserver.write_options import check_writing
from kubewright.testing._apiserver.writing import SECTIONS, Written, create, patch, update

__all__ = ["Handler"]


_JSON: Final = "application/json"
_MOST_LETTERS: Final = 4096  # of all warnings; beyond that each is cut
_MOST_LETTERS_OF_ONE: Final = 256
_NOT_HERE: Final = frozenset({"attach", "exec", "log", "portforward", "proxy", "token"})
_ON_NODES: Final = frozenset({"nodes", "pods", "serviceaccounts", "services"})
_HEALTH: Final = frozenset({"healthz", "livez", "readyz"})


class Handler:
    """Answers requests; its methods are called with the lock of the state held.

    Attributes:
        authorize: judges requests; None allows everything.
    """

    def __init__(self, state: State, *, clock: Clock, require_namespaces: bool) -> None:
        """Answer for a state.

        Args:
            state: all that the server holds.
            clock: tells ages in tables, and when a watch ends.
            require_namespaces: refuse to create objects in namespaces that are not there.
        """
        self.authorize: Authorize | None = None
        self._state = state
        self._clock = clock
        self._require_namespaces = require_namespaces
        self._openapi = OpenAPI()

    def answer(self, request: Request) -> Response:
        """Answer a request that is no watch."""
        try:
            return self._answer(request)
        except RefusedRequest as refused:
            return _refusal(refused)
        except RecursionError:
            return _refusal(bad_request("the request, or the object, is nested too deeply"))

    def open_watch(
        self, request: Request, *, read_timeout: float | None, alter: Alter | None
    ) -> Stream:
        """Answer a watch, which stays open, or refuse it.

        Args:
            request: the watch.
            read_timeout: the longest silence that the reader waits, in seconds.
            alter: makes other events of the server's.
        """
        try:
            call = self._call(request)
        except RefusedRequest as refused:
            return AnswerStream(_refusal(refused))
        try:
            return self._watch(call, read_timeout, alter)
        except RefusedRequest as refused:
            return AnswerStream(_warned(call, _refusal(refused)))

    def _watch(self, call: Call, read_timeout: float | None, alter: Alter | None) -> WatchStream:
        if "watch" not in call.resource.verbs:
            raise not_supported("watch", call.resource.group, call.resource.plural)
        seconds = call.number("timeoutSeconds")
        form = watch_form(
            negotiated(call.request.accept, is_builtin=call.resource.is_builtin, is_watch=True),
            call,
            self._clock.now,
        )
        stream = WatchStream(
            _warned(call, Response(200, _headers(_JSON), b"")).headers,
            clock=self._clock,
            seconds=None if seconds is None else float(seconds),
            silence=read_timeout,
            on_close=self._state.close_watch,
            form=form,
            alter=alter,
        )
        start_watch(self._state, call, stream)
        return stream

    def _call(self, request: Request) -> Call:
        call = read_call(request, self._state.resources)
        if self.authorize is not None:
            verb = "watch" if is_watch(request) else call.verb
            check_access(self.authorize, attributes_of(self._state, call, verb))
        return call

    def _answer(self, request: Request) -> Response:
        found = self._document(segments_of(request.path), request)
        if found is not None:
            if request.method != "GET":
                raise method_not_allowed()
            return found
        try:
            call = self._call(in_json_form(request))
        except RefusedRequest as refused:
            return written_as(form_of_refusals(request.accept), _refusal(refused))
        form = negotiated(request.accept, is_builtin=call.resource.is_builtin)
        try:
            check_writing(call)
            call.number("timeoutSeconds")
            answer = self._answer_below(call) if call.subresource else self._answer_call(call)
            answer = shown_in(form, call, answer, self._clock.now())
        except RefusedRequest as refused:
            answer = _refusal(refused)
        return written_as(form, _warned(call, answer))

    def _answer_call(self, call: Call) -> Response:
        state = self._state
        match call.verb:
            case "get":
                return _shown(call, Written(200, get(state, call)))
            case "list":
                return _json(200, list_objects(state, call))
            case "create" if call.resource.plural in REVIEWS and call.resource.is_builtin:
                return _json(201, review(state, call, self.authorize))
            case "create" if "get" not in call.resource.verbs:
                return _json(201, bind_named(state, call))
            case "create":
                required = self._require_namespaces
                return _shown(call, create(state, call, require_namespace=required))
            case "update":
                required = self._require_namespaces
                return _shown(call, update(state, call, require_namespace=required))
            case "patch":
                return _shown(call, patch(state, call, require_namespace=self._require_namespaces))
            case "delete":
                return _json(*delete(state, call))
            case _:
                return _json(200, delete_collection(state, call))

    def _document(self, parts: list[str], request: Request) -> Response | None:
        """Answer what is about the server itself."""
        if len(parts) == 1 and parts[0] in _HEALTH:
            return Response(200, _headers("text/plain; charset=utf-8"), b"ok")
        found = discover(parts, request.accept, self._state.resources.values())
        if found is not None:
            return Response(200, _headers(found[1]), msgspec.json.encode(found[0]))
        return self._openapi.answer(parts, request, self._state.resources.values())

    def _answer_below(self, call: Call) -> Response:
        state = self._state
        if call.subresource not in call.served.subresources:
            raise _nothing_below(call)
        match call.subresource, call.request.method:
            case "scale", "GET":
                return _json(200, read_scale(state, call))
            case "scale", "PUT" | "PATCH":
                return _json(200, write_scale(state, call))
            case "eviction", "POST":
                return _json(201, evict(state, call))
            case "binding", "POST":
                return _json(201, bind(state, call))
            case "token", "POST":
                return _json(201, request_token(state, call))
            case below, "GET" if below in SECTIONS:
                return _shown(call, Written(200, get(state, call)))
            case below, "PUT" if below in SECTIONS:
                return _shown(call, update(state, call, require_namespace=False))
            case below, "PATCH" if below in SECTIONS:
                return _shown(call, patch(state, call, require_namespace=False))
            case below, method if below in SECTIONS or below == "scale":
                raise _not_done_below(call, method)
            case _:
                raise method_not_allowed()


def _nothing_below(call: Call) -> RefusedRequest:
    resource = call.resource
    if not resource.is_builtin:
        return not_found(resource.group, resource.plural, call.name or "")
    if call.subresource in _NOT_HERE and resource.plural in _ON_NODES:
        return not_implemented(f"{resource.plural}/{call.subresource}")
    return no_resource()


def _not_done_below(call: Call, method: str) -> RefusedRequest:
    if call.resource.is_builtin:
        return method_not_allowed()
    verb = "create" if method == "POST" else "delete"
    return not_supported(verb, call.resource.group, call.resource.plural)


def _headers(content_type: str) -> HTTPHeaderDict:
    return HTTPHeaderDict({"Content-Type": content_type})


def _json(status: int, body: Mapping[str, Any]) -> Response:
    return Response(status, _headers(_JSON), msgspec.json.encode(body))


def _shortened(warnings: Iterable[str]) -> list[str]:
    """Return each warning once, and no more of them than a server sends."""
    once = list(dict.fromkeys(filter(None, warnings)))
    if sum(map(len, once)) <= _MOST_LETTERS:
        return once
    cut = [text[:_MOST_LETTERS_OF_ONE] for text in once]
    before = accumulate(map(len, cut), initial=0)
    return [text for text, letters in zip(cut, before, strict=False) if letters < _MOST_LETTERS]


def _warning(text: str) -> str:
    # UTF-8, as servers send it; headers are letters for bytes here
    return f"299 - {json.dumps(text, ensure_ascii=False)}".encode().decode("latin-1")


def _shown(call: Call, written: Written) -> Response:
    return _json(written.code, view(written.obj, call.resource, call.version))


def _warned(call: Call, answer: Response) -> Response:
    headers = HTTPHeaderDict(answer.headers)
    for warning in _shortened([call.served.deprecation, *call.warnings]):
        headers.add("Warning", _warning(warning))
    return Response(answer.status, headers, answer.body)


def _refusal(refused: RefusedRequest) -> Response:
    if isinstance(refused.body, str):
        return Response(refused.code, _headers("text/plain; charset=utf-8"), refused.body.encode())
    headers = _headers(_JSON)
    details: dict[str, Any] = refused.body.get("details") or {}
    if seconds := details.get("retryAfterSeconds"):
        headers["Retry-After"] = str(seconds)
    return Response(refused.code, headers, msgspec.json.encode(refused.body))
