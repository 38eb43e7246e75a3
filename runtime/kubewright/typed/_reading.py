"""The verbs that read: get, list, watch; one class for each, as discovery names them.

client-go: ``k8s.io/client-go/gentype``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from kubewright.meta_v1 import KubernetesObject, ObjectList
from kubewright.rest.request import encode_query, resource_path
from kubewright.selectors import FieldSelector, Selector
from kubewright.typed._base import Client
from kubewright.typed._options import Query, ResourceVersionMatch, selector_query
from kubewright.typed._source import RestCollection
from kubewright.watch import Watch
from kubewright.watch.lister_watcher import DEFAULT_PAGE_SIZE, ListerWatcher, each_page, list_all

__all__ = ["GetClient", "ListClient", "WatchClient"]

T = TypeVar("T", bound=KubernetesObject)


class GetClient(Client[T]):
    """Reads one object."""

    def get(
        self, name: str, *, resource_version: str | None = None, timeout: float | None = None
    ) -> T:
        """Read one object.

        Args:
            name: of the object.
            resource_version: how old the answer may be; by default it is the newest state, and
                "0" takes what the server has at hand.
            timeout: seconds for the call.

        Raises:
            NotFoundError: there is no such object.
        """
        query = encode_query({"resourceVersion": resource_version})
        return self.request("GET", name, (), query, self.model, timeout=timeout)


class ListClient(Client[T]):
    """Reads the objects of the scope."""

    def list(
        self,
        *,
        label_selector: Selector | None = None,
        field_selector: FieldSelector | None = None,
        limit: int | None = None,
        continue_token: str | None = None,
        resource_version: str | None = None,
        resource_version_match: ResourceVersionMatch | None = None,
        page_size: int = DEFAULT_PAGE_SIZE,
        timeout_seconds: int | None = None,
        timeout: float | None = None,
    ) -> ObjectList[T]:
        """Read all objects, page by page; each stays bytes until somebody looks at it.

        Args:
            label_selector: text (``"app=web,tier!=db"``) or a mapping.
            field_selector: text (``"status.phase=Running"``) or a mapping.
            limit: return one page of this many; ``metadata.continue_`` leads to the next.
            continue_token: go on where another page ended.
            resource_version: how old the answer may be.
            resource_version_match: how to take `resource_version`.
            page_size: objects in one answer; 0 asks for all at once.
            timeout_seconds: how long the server may take for an answer.
            timeout: seconds for each answer.

        Raises:
            ExpiredError: `continue_token` is too old. Without one, a list that expires on its way
                starts again.
        """
        source = self._collection(
            label_selector,
            field_selector,
            encode_query(
                {
                    "resourceVersion": resource_version,
                    "resourceVersionMatch": resource_version_match,
                }
            ),
            timeout_seconds,
            timeout,
        )
        if limit is not None or continue_token is not None:
            items, metadata = source.list(limit=limit, continue_token=continue_token)
        else:
            items, metadata = list_all(source.list, page_size=page_size)
        return ObjectList(self.model, items, metadata)

    def iterate(
        self,
        *,
        label_selector: Selector | None = None,
        field_selector: FieldSelector | None = None,
        page_size: int = DEFAULT_PAGE_SIZE,
        continue_token: str | None = None,
        timeout: float | None = None,
    ) -> Iterator[T]:
        """Read the objects one by one and hold only a page of them: for huge collections.

        When it takes so long that the server forgets the state it began with, it goes on with the
        present one: later objects are then newer than the first.

        Args:
            label_selector: as of `list`.
            field_selector: as of `list`.
            page_size: objects in one answer.
            continue_token: start where another page ended.
            timeout: seconds for each answer.
        """
        source = self._collection(label_selector, field_selector, [], None, timeout)
        for items, _ in each_page(source.list, page_size=page_size, continue_token=continue_token):
            yield from map(self.model.from_json, items)

    def _collection(
        self,
        label_selector: Selector | None,
        field_selector: FieldSelector | None,
        first_query: Query,
        timeout_seconds: int | None,
        timeout: float | None,
    ) -> RestCollection:
        query = selector_query(label_selector, field_selector)
        query += encode_query({"timeoutSeconds": timeout_seconds})
        return RestCollection(
            self._rest,
            self._path(),
            query,
            first_query=first_query,
            timeout=timeout,
            accept=self._accept(of_list=True),
        )


class WatchClient(Client[T]):
    """Follows the objects of the scope."""

    def watch(
        self,
        *,
        label_selector: Selector | None = None,
        field_selector: FieldSelector | None = None,
        since: ObjectList[T] | None = None,
        resource_version: str | None = None,
        bookmarks: bool = False,
        timeout: float | None = None,
    ) -> Watch[T]:
        """Follow the objects for ever; without a start, first those that are there.

        Use it as a context manager, and iterate over it. It heals itself: see `Watch`.

        Args:
            label_selector: as of `list`.
            field_selector: as of `list`.
            since: a list of the same selection: only what changed after it is told.
            resource_version: the same by version alone.
            bookmarks: yield ``BOOKMARK`` events too.
            timeout: seconds after which the iteration ends.
        """
        source = self.lister_watcher(label_selector=label_selector, field_selector=field_selector)
        return Watch(
            source,
            self.model,
            info=self.info,
            since=since,
            resource_version=resource_version,
            bookmarks=bookmarks,
            timeout=timeout,
        )

    def lister_watcher(
        self,
        *,
        namespace: str | None = None,
        label_selector: Selector | None = None,
        field_selector: FieldSelector | None = None,
    ) -> ListerWatcher:
        """The collection as bytes, for informers.

        Args:
            namespace: narrow to it, where the resource is namespaced and the client is not.
            label_selector: as of `list`.
            field_selector: as of `list`.
        """
        if self._namespace is not None or not self.info.namespaced:
            namespace = self._namespace
        path = resource_path(self.info.gvr, namespace=namespace)
        return RestCollection(
            self._rest,
            path,
            selector_query(label_selector, field_selector),
            accept=self._accept(of_list=True),
            accept_events=self._accept(),
        )
