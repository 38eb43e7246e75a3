"""An API server in memory, behind the seam where HTTP would be.

Everything above the transport is what a program uses in production: the REST client, the typed
clients, watches and informers run on it as they are. client-go: ``testing.ObjectTracker``, which
knows no versions, no selectors in watches and no pages.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import msgspec

from kubewright._clock import SYSTEM_CLOCK, Clock
from kubewright._shown import shown
from kubewright.errors import ApiError, StoppedError
from kubewright.meta_v1 import KubernetesObject
from kubewright.resource import ResourceInfo
from kubewright.rest.client import RESTClient
from kubewright.rest.request import Request
from kubewright.rest.transport import Response, Stream
from kubewright.schema import GroupVersionResource
from kubewright.testing._apiserver.access.authorization import Authorize
from kubewright.testing._apiserver.calls import is_watch
from kubewright.testing._apiserver.contents import dump, put
from kubewright.testing._apiserver.ending.garbage import GarbageCollector
from kubewright.testing._apiserver.handler import Handler
from kubewright.testing._apiserver.parts import without_server_fields
from kubewright.testing._apiserver.resources import CRD_GROUP, CRD_PLURAL, served_from
from kubewright.testing._apiserver.state import State, random_uid
from kubewright.testing._apiserver.streams import AnswerStream
from kubewright.testing._hooks import Hooks
from kubewright.testing.manifests import read_manifests, write_manifests
from kubewright.testing.reactions import Met
from kubewright.testing.server import ClusterServer

__all__ = ["FakeCluster"]

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
        self._handler = Handler(self._state, clock=clock, require_namespaces=require_namespaces)
        self._collector = GarbageCollector(self._state) if garbage_collection else None
        self._rest = RESTClient(self, clock=clock)
        for info in resources:
            self.add_resource(info)

    @property
    def authorize(self) -> Authorize | None:
        """Judges requests and reviews of access by their `AccessAttributes`.

        True allows, false refuses (403), and so does text, which is the reason. None, as at the
        start, allows everything.
        """
        return self._handler.authorize

    @authorize.setter
    def authorize(self, authorize: Authorize | None) -> None:
        self._handler.authorize = authorize

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
                of a namespaced kind goes to ``default``. They get defaults, lose what their schema
                does not know, and are not validated. One that is there already as it is given
                stays untouched.

        Raises:
            ValueError: its kind is not served, it has no name, or a value is of a wrong type.
            TypeError: it is neither a model nor a mapping.
        """
        for obj in objects:
            if isinstance(obj, KubernetesObject):
                wire = {"apiVersion": obj.api_version, "kind": obj.kind, **obj.to_wire()}
            elif isinstance(obj, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
                wire = dict(obj)
            else:
                raise TypeError(f"{shown(obj)} is neither a model nor a mapping")
            with self._state.lock:
                put(self._state, wire)
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
                is_unknown = "of no kind that is served" in str(error)
                raise manifest.error(str(error), remedy if is_unknown else "") from error

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

    def serve(self, *, port: int = 0) -> ClusterServer:
        """Serve it over HTTP on loopback, too, until the server is closed.

        Args:
            port: 0 for a free one.

        Raises:
            TransportError: the port is taken, or not allowed.
        """
        return ClusterServer(self, port=port)

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
                answer = self._handler.answer(request)
                if request.method != "GET":
                    self._collect_garbage()
                return answer
            finally:
                self._settle()

    def _serve_watch(self, request: Request, read_timeout: float | None) -> Stream:
        alter = self._reactions.events_for(request)
        with self._state.lock:
            stream = self._handler.open_watch(request, read_timeout=read_timeout, alter=alter)
        if request.stop is not None:
            request.stop.on_stop(stream.close)
        return stream

    def _collect_garbage(self) -> None:
        if self._collector is not None:
            with self._state.lock:
                self._collector.collect()
