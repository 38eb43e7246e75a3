"""An API server in memory, behind the seam where HTTP would be.

Everything above the transport is what a program uses in production: the REST client, the typed
clients, watches and informers run on it as they are. client-go: ``testing.ObjectTracker``, which
knows no versions, no selectors in watches and no pages.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import msgspec
from urllib3 import HTTPHeaderDict

from kubewright._clock import SYSTEM_CLOCK, Clock
from kubewright._json import is_object
from kubewright.errors import ApiError, StoppedError
from kubewright.meta_v1 import KubernetesObject
from kubewright.resource import ResourceInfo
from kubewright.rest.client import RESTClient
from kubewright.rest.request import Request
from kubewright.rest.transport import Response, Stream
from kubewright.schema import GroupVersion, GroupVersionResource
from kubewright.testing._apiserver.access.authorization import (
    Authorize,
    attributes_of,
    check_access,
)
from kubewright.testing._apiserver.access.reviews import REVIEWS, review
from kubewright.testing._apiserver.access.tokens import request_token
from kubewright.testing._apiserver.bodies import in_json_form
from kubewright.testing._apiserver.calls import Call, is_watch, read_call, segments_of
from kubewright.testing._apiserver.contents import dump
from kubewright.testing._apiserver.deleting import (
    bind,
    bind_named,
    delete,
    delete_collection,
    evict,
)
from kubewright.testing._apiserver.documents.discovery import discover
from kubewright.testing._apiserver.documents.openapi import OpenAPI
from kubewright.testing._apiserver.failures import (
    RefusedRequest,
    method_not_allowed,
    no_resource,
    not_found,
    not_implemented,
    not_supported,
)
from kubewright.testing._apiserver.garbage import collect_garbage
from kubewright.testing._apiserver.kinds.typed import WrongTypeError, is_typed, typed
from kubewright.testing._apiserver.reading import get, list_objects, start_watch
from kubewright.testing._apiserver.representations import (
    negotiated,
    shown_in,
    watch_form,
    written_as,
)
from kubewright.testing._apiserver.resources import CRD_GROUP, CRD_PLURAL, served_from
from kubewright.testing._apiserver.scale import read_scale, write_scale
from kubewright.testing._apiserver.state import State, random_uid, view
from kubewright.testing._apiserver.streams import AnswerStream, WatchStream
from kubewright.testing._apiserver.write_options import check_writing
from kubewright.testing._apiserver.writing import SECTIONS, Written, create, patch, update
from kubewright.testing._hooks import Hooks
from kubewright.testing.manifests import (
    Manifest,
    read_manifests,
    without_server_fields,
    write_manifests,
)
from kubewright.testing.reactions import Met
from kubewright.testing.server import ClusterServer

__all__ = ["FakeCluster"]

_JSON: Final = "application/json"
_NOT_HERE: Final = frozenset({"attach", "exec", "log", "portforward", "proxy", "token"})
_ON_NODES: Final = frozenset({"nodes", "pods", "serviceaccounts", "services"})
_HEALTH: Final = frozenset({"healthz", "livez", "readyz"})
_CRD_KIND: Final = "CustomResourceDefinition"
_CRD_PATH: Final = f"/apis/{CRD_GROUP}/v1/{CRD_PLURAL}"


class FakeCluster(Hooks):
    """Objects and the API server that keeps them; a `Transport`, so any client works on it.

    .. code-block:: python

        cluster = FakeCluster()
        cs = Clientset(cluster.rest)
        cs.core_v1.config_maps("default").create(ConfigMap(metadata=ObjectMeta(name="settings")))
        assert cluster.requests[-1].method == "POST"

    It serves the built-in resources of Kubernetes 1.37 and those of the
    CustomResourceDefinitions that are created in it; anything else is not found, as on a server.
    Versions, conflicts, selectors, pages, watches, finalizers, subresources, patches, server-side
    apply, field validation, defaults and validation are those of a real one. What differs:

    * Namespaces need not exist, unless it is made with ``require_namespaces=True``.
    * Of built-in kinds those rules are checked that tests meet: names, labels and owners of all;
      containers, selectors, ports, claims, keys of data, and what may not be changed. The others
      are not. Custom resources are validated by their whole schema, but rules in CEL
      (``x-kubernetes-validations``) do not run.
    * There are no controllers: a Deployment makes no pods. Only a deleted namespace takes what is
      in it along, at once; with ``garbage_collection=True`` owners do so, too. A pod with a node
      that is deleted stays until somebody deletes it with ``gracePeriodSeconds=0``, as a kubelet
      would.
    * Everybody may do everything, unless `authorize` says otherwise. Requests are the user
      ``admin``'s, or those of a service account whose token they carry.
    * Services get the lowest free address of 10.0.0.0/24. Objects are converted between versions
      as CRDs without a webhook are: only ``apiVersion`` changes.
    * Logs, exec and the like are not there (501).

    Any number of threads may use it; it has none of its own.

    Attributes:
        authorize: judges requests and reviews of access by their `AccessAttributes`: true allows,
            false refuses (403), and so does text, which is the reason. None allows everything.
    """

    def __init__(
        self,
        *,
        resources: Iterable[ResourceInfo] = (),
        require_namespaces: bool = False,
        garbage_collection: bool = False,
        clock: Clock = SYSTEM_CLOCK,
        rand: Callable[[], float] = random.random,
        new_uid: Callable[[], str] = random_uid,
    ) -> None:
        """Start with the namespaces that every cluster has, and nothing else.

        Args:
            resources: serve these too, such as those of an aggregated API; see `add_resource`.
            require_namespaces: refuse to create objects in namespaces that are not there.
            garbage_collection: do what the garbage collector does, at once: what has lost its
                owners goes, and the propagation policies of deletions mean something.
            clock: tells creation and deletion times, and when a watch ends.
            rand: makes the ends of generated names; gives numbers from 0 up to 1.
            new_uid: makes uids.
        """
        super().__init__(State(clock=clock, rand=rand, new_uid=new_uid), clock)
        self.authorize: Authorize | None = None
        self._require_namespaces = require_namespaces
        self._garbage_collection = garbage_collection
        self._openapi = OpenAPI()
        self._rest = RESTClient(self, clock=clock)
        for info in resources:
            self.add_resource(info)

    @property
    def rest(self) -> RESTClient:
        """A client of this cluster: ``Clientset(cluster.rest)``."""
        return self._rest

    @property
    def resource_version(self) -> str:
        """The version of the last change."""
        with self._state.lock:
            return str(self._state.store.version)

    def add_resource(
        self, info: ResourceInfo, *, subresources: Iterable[str] = ("status",)
    ) -> None:
        """Serve a resource that is neither built in nor defined by a CRD, or another version of it.

        Args:
            info: as generated clients carry it.
            subresources: which it has; ``scale`` comes with the scale paths of the info.
        """
        below = frozenset(subresources) - {"scale"}
        if info.scale_paths is not None:
            below |= {"scale"}
        new = served_from(info, below)
        with self._state.lock:
            known = self._state.resources.get((new.group, new.plural))
            if known is not None:
                new = replace(known, versions={**known.versions, **new.versions})
            self._state.serve(new)

    def serves(self, gvr: GroupVersionResource) -> bool:
        """Whether a resource is served in this version."""
        with self._state.lock:
            served = self._state.resources.get((gvr.group, gvr.resource))
            return served is not None and gvr.version in served.versions

    def add_crd(self, manifest: Mapping[str, Any]) -> None:
        """Create a CustomResourceDefinition; its resources are served from now on.

        Args:
            manifest: the definition as in YAML, already decoded.

        Raises:
            ApiError: the definition is not valid, or is there already.
        """
        body = msgspec.json.encode(manifest)
        self._unrecorded.send(Request("POST", _CRD_PATH, body=body))

    def add(self, *objects: KubernetesObject | Mapping[str, Any]) -> None:
        """Put objects there as they are, status included, as if they had always been there.

        Args:
            objects: with ``apiVersion``, ``kind`` and ``metadata.name``; without a namespace, one
                of a namespaced kind goes to ``default``. Those of built-in kinds get defaults, and
                are not validated. One that is there already as it is given stays untouched.

        Raises:
            ValueError: its kind is not served, it has no name, or a value is of a wrong type.
        """
        for obj in objects:
            if isinstance(obj, KubernetesObject):
                wire = {"apiVersion": obj.api_version, "kind": obj.kind, **obj.to_wire()}
            else:
                wire = dict(obj)
            with self._state.lock:
                self._add(wire)
                self._settle()
        self._collect_garbage()

    def load(self, *paths: Path | str) -> None:
        """Put the objects of manifests there; definitions first, whatever the order of the files.

        Args:
            paths: YAML or JSON files of any number of documents, and folders of such.

        Raises:
            ManifestError: a file cannot be read, an object is of no kind that is served, is not
                valid as a definition, or comes twice.
        """
        manifests = read_manifests(*paths)
        _refuse_repeated(manifests)
        for manifest in sorted(manifests, key=lambda each: each.kind != _CRD_KIND):
            try:
                if manifest.kind == _CRD_KIND:
                    self.add_crd(without_server_fields(manifest.wire))
                else:
                    self.add(manifest.wire)
            except ApiError as error:
                raise manifest.error(error.status.message) from error
            except ValueError as error:
                remedy = "load its CustomResourceDefinition as well"
                raise manifest.error(str(error), remedy) from error

    def dump(self, *, server_fields: bool = False) -> list[dict[str, Any]]:
        """Return all objects, sorted by group, kind, namespace and name.

        Args:
            server_fields: with uids, versions, times and managed fields, which differ from run to
                run, and with the namespaces that every cluster has.
        """
        with self._state.lock:
            return dump(self._state, server_fields=server_fields)

    def write_manifests(self, folder: Path | str, *, server_fields: bool = False) -> list[Path]:
        """Write all objects into a folder, one file for each kind, so that `load` can read them.

        Args:
            folder: is made if it is not there; files of other names in it stay.
            server_fields: see `dump`.

        Returns:
            The files, sorted.
        """
        return write_manifests(self.dump(server_fields=server_fields), folder)

    def compact(self) -> None:
        """Forget all but the present state: older versions and pages are then gone (410).

        Open watches go on; those that begin at an older version are told to list again.
        """
        with self._state.lock:
            self._state.store.compact(self._state.store.version)

    def send_bookmarks(self) -> None:
        """Send a bookmark to each open watch that wants them, as a server does once a minute."""
        with self._state.lock:
            for watch in self._state.watches:
                if watch.with_bookmarks:
                    self._state.bookmark(watch)

    def send(self, request: Request) -> Response:
        """Answer a request."""
        if request.stop is not None and request.stop.is_stopped:
            raise StoppedError(f"{request.method} {request.path}: stopped before it was sent")
        if is_watch(request):
            with self.stream(request) as stream:
                return Response(stream.status, stream.headers, stream.read())
        met = self._meet(request)
        return met.finish(self._serve(met.request) if met.answer is None else met.answer)

    def stream(self, request: Request, *, read_timeout: float | None = None) -> Stream:
        """Answer a request with a stream; a watch stays open."""
        if not is_watch(request):
            return AnswerStream(self.send(request))
        met = self._meet(request)
        if met.answer is not None:
            return AnswerStream(met.finish(met.answer))
        stream = self._serve_watch(met.request, read_timeout)
        if met.laters:
            head = Response(stream.status, stream.headers)
            try:
                answer = met.finish(head)
            except BaseException:
                stream.close()
                raise
            if answer is not head:
                stream.close()
                return AnswerStream(answer)
        return stream

    def close(self) -> None:
        """End all watches; the objects stay, and the cluster can be used again."""
        self.end_watches()

    def __repr__(self) -> str:
        return f"<FakeCluster at resource version {self.resource_version}>"

    def _meet(self, request: Request) -> Met:
        with self._state.lock:
            self.requests.append(request)
        return self._reactions.meet(request)

    def _serve(self, request: Request) -> Response:
        with self._state.lock:
            try:
                answer = self._answer(request)
            except RefusedRequest as refused:
                return _refusal(refused)
            else:
                if request.method != "GET":
                    self._collect_garbage()
                return answer
            finally:
                self._settle()

    def _serve_watch(self, request: Request, read_timeout: float | None) -> Stream:
        with self._state.lock:
            try:
                call = self._call(request)
                if "watch" not in call.resource.verbs:
                    raise not_supported("watch", call.resource.group, call.resource.plural)
                seconds = call.number("timeoutSeconds")
                form = watch_form(negotiated(request.accept, is_watch=True), call, self._clock.now)
                stream = WatchStream(
                    _warned(call, Response(200, _headers(_JSON), b"")).headers,
                    clock=self._clock,
                    seconds=None if seconds is None else float(seconds),
                    silence=read_timeout,
                    on_close=self._state.close_watch,
                    form=form,
                    alter=self._reactions.events_for(request),
                )
                start_watch(self._state, call, stream)
            except RefusedRequest as refused:
                return AnswerStream(_refusal(refused))
        if request.stop is not None:
            request.stop.on_stop(stream.close)
        return stream

    def serve(self, *, port: int = 0) -> ClusterServer:
        """Serve it over HTTP on loopback, too, until the server is closed.

        Args:
            port: 0 for a free one.

        Raises:
            TransportError: the port is taken, or not allowed.
        """
        return ClusterServer(self, port=port)

    def _collect_garbage(self) -> None:
        if self._garbage_collection:
            with self._state.lock:
                collect_garbage(self._state)

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
        call = self._call(in_json_form(request))
        form = negotiated(request.accept)
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
                raise not_implemented(f"{call.resource.plural}/{call.subresource}")

    def _add(self, wire: dict[str, Any]) -> None:
        state = self._state
        group = GroupVersion.parse(str(wire.get("apiVersion", ""))).group
        kind = wire.get("kind")
        resource = next(
            (r for r in state.resources.values() if (r.group, r.kind) == (group, kind)), None
        )
        given: Any = wire.get("metadata")
        metadata: dict[str, Any] = dict(given) if is_object(given) else {}
        if resource is None or not metadata.get("name"):
            what = "has no metadata.name" if resource else "is of no kind that is served"
            raise ValueError(f"the object {wire.get('apiVersion')} {kind} {what}")
        if resource.namespaced:
            metadata.setdefault("namespace", "default")
        metadata = {"uid": state.new_uid(), "creationTimestamp": state.now()} | metadata
        if resource.counts_generation:
            metadata.setdefault("generation", 1)
        obj = msgspec.json.decode(_encoded({**wire, "metadata": metadata}))
        if resource.is_builtin and is_typed(obj["apiVersion"], obj["kind"]):
            try:
                obj, _ = typed(obj)
            except WrongTypeError as error:
                raise ValueError(f"the object {kind} {metadata['name']}: {error}") from error
        key = (metadata["namespace"] if resource.namespaced else "", metadata["name"])
        new = {k: v for k, v in obj.items() if k not in ("apiVersion", "kind")}
        present = state.get(resource, key)
        if present is None or _unversioned(new) != _unversioned(present):
            state.put(resource, key, new)


def _unversioned(obj: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {k: v for k, v in obj["metadata"].items() if k != "resourceVersion"}
    return {**obj, "metadata": metadata}


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


def _refuse_repeated(manifests: Iterable[Manifest]) -> None:
    seen: dict[tuple[str, ...], Manifest] = {}
    for manifest in manifests:
        metadata = manifest.wire["metadata"]
        group = manifest.api_version.rpartition("/")[0]
        where = str(metadata.get("namespace", "")), str(metadata["name"])
        first = seen.setdefault((group, manifest.kind, *where), manifest)
        if first is not manifest:
            name = "/".join(filter(None, where))
            problem = (
                f"the {manifest.kind} {name} is in {first.file} (document {first.document}) too"
            )
            raise manifest.error(problem, "keep one of them")


def _headers(content_type: str) -> HTTPHeaderDict:
    return HTTPHeaderDict({"Content-Type": content_type})


def _encoded(body: Any) -> bytes:
    return msgspec.json.encode(body, enc_hook=str)


def _json(status: int, body: Mapping[str, Any]) -> Response:
    return Response(status, _headers(_JSON), msgspec.json.encode(body))


def _warning(text: str) -> str:
    return f"299 - {json.dumps(text)}"


def _shown(call: Call, written: Written) -> Response:
    headers = _headers(_JSON)
    for warning in written.warnings:
        headers.add("Warning", _warning(warning))
    body = msgspec.json.encode(view(written.obj, call.resource, call.version))
    return Response(written.code, headers, body)


def _warned(call: Call, answer: Response) -> Response:
    if not call.served.deprecation:
        return answer
    headers = HTTPHeaderDict(answer.headers)
    headers.add("Warning", _warning(call.served.deprecation))
    return Response(answer.status, headers, answer.body)


def _refusal(refused: RefusedRequest) -> Response:
    if isinstance(refused.body, str):
        return Response(refused.code, _headers("text/plain; charset=utf-8"), refused.body.encode())
    headers = _headers(_JSON)
    details: dict[str, Any] = refused.body.get("details") or {}
    if seconds := details.get("retryAfterSeconds"):
        headers["Retry-After"] = str(seconds)
    return Response(refused.code, headers, msgspec.json.encode(refused.body))
