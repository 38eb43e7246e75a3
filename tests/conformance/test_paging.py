"""Two thousand objects of a real server, page by page, and pages that it has forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any

import pytest

from kubewright._clock import SYSTEM_CLOCK, StopToken
from kubewright.errors import ExpiredError
from kubewright.meta_v1 import ObjectMeta
from kubewright.rest.client import RESTClient
from kubewright.rest.config import Config
from kubewright.rest.credentials import Credentials, StaticCredentials
from kubewright.rest.request import Request
from kubewright.rest.streams import HttpStream
from kubewright.rest.transport import RequestsTransport, Response
from kubewright_k8s import Clientset
from kubewright_k8s.core_v1 import ConfigMap, Namespace
from kubewright_k8s.core_v1.client import ConfigMapClient
from tests.support.apiserver import APIServer

pytestmark = pytest.mark.conformance

COUNT = 2000
NAMES = [f"page-{number:04}" for number in range(COUNT)]
LIMIT = 60.0  # seconds until a server counts as hung


class Recorder(RequestsTransport):
    """A transport that remembers what was asked."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.queries: list[dict[str, str]] = []

    def send(self, request: Request) -> Response:
        self.queries.append(dict(request.query))
        return super().send(request)

    def stream(self, request: Request, *, read_timeout: float | None = None) -> HttpStream:
        self.queries.append(dict(request.query))
        return super().stream(request, read_timeout=read_timeout)


@dataclass(frozen=True, slots=True)
class Library:
    config_maps: ConfigMapClient
    queries: list[dict[str, str]]


@pytest.fixture(scope="module")
def server() -> Iterator[APIServer]:
    # One that forgets old versions after a moment, and not after minutes.
    with APIServer(flags=("--etcd-compaction-interval=1s",)) as forgetful:
        yield forgetful


@pytest.fixture(scope="module")
def filled(server: APIServer) -> Iterator[Library]:
    config = Config(
        host=server.url,
        ca_data=server.ca_data,
        credentials=StaticCredentials(Credentials(token=server.token)),
    )
    transport = Recorder(config)
    with RESTClient(transport) as rest:
        clientset = Clientset(rest)
        clientset.core_v1.namespaces.create(Namespace(metadata=ObjectMeta(name="pages")))
        config_maps = clientset.core_v1.config_maps("pages")

        def create(name: str) -> None:
            metadata = ObjectMeta(name=name, labels={"last": name[-1]})
            config_maps.create(ConfigMap(metadata=metadata, data={"name": name}))

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(create, NAMES))
        yield Library(config_maps, transport.queries)


@pytest.fixture
def library(filled: Library) -> Library:
    filled.queries.clear()
    return filled


def test_list_reads_all_pages(library: Library) -> None:
    found = library.config_maps.list()

    assert [obj.metadata.name for obj in found] == NAMES
    assert [query["limit"] for query in library.queries] == ["500"] * 4
    assert found.metadata.continue_ == ""


@pytest.mark.parametrize(
    ("page_size", "requests"), [(300, 7), (2000, 1), (0, 1)], ids=["300", "exact", "all at once"]
)
def test_a_page_size_decides_the_number_of_requests(
    library: Library, page_size: int, requests: int
) -> None:
    found = library.config_maps.list(page_size=page_size)

    assert (len(found), len(library.queries)) == (COUNT, requests)


def test_selectors_hold_on_every_page(library: Library) -> None:
    found = library.config_maps.list(label_selector={"last": "7"}, page_size=60)

    assert [obj.metadata.name for obj in found] == NAMES[7::10]
    assert {query["labelSelector"] for query in library.queries} == {"last=7"}


def test_iterate_reads_no_page_before_it_is_needed(library: Library) -> None:
    few = [obj.data["name"] for obj in islice(library.config_maps.iterate(page_size=100), 150)]

    assert (few, len(library.queries)) == (NAMES[:150], 2)


def test_iterate_goes_through_all(library: Library) -> None:
    names = [obj.metadata.name for obj in library.config_maps.iterate()]

    assert names == NAMES


def test_a_limit_gives_one_page_and_the_way_to_the_next(library: Library) -> None:
    names: list[str] = []
    versions: set[str] = set()
    left: list[Any] = []
    token = ""
    while token or not names:
        page = library.config_maps.list(limit=900, continue_token=token or None)
        names += [obj.metadata.name for obj in page]
        versions.add(page.metadata.resource_version)
        left.append(page.metadata.remaining_item_count)
        token = page.metadata.continue_

    assert names == NAMES
    assert len(versions) == 1
    assert left == [1100, 200, None]


def forget(library: Library, version: str) -> None:
    """Wait until the server has no history back to this version."""
    deadline = SYSTEM_CLOCK.monotonic() + LIMIT
    while SYSTEM_CLOCK.monotonic() < deadline:
        try:
            library.config_maps.list(
                limit=1, resource_version=version, resource_version_match="Exact"
            )
        except ExpiredError:
            return
        # the compaction takes a state that is older than its interval, so there must be new ones
        library.config_maps.patch(NAMES[0], {"metadata": {"annotations": {"at": version}}})
        SYSTEM_CLOCK.wait(0.2, StopToken())
    raise AssertionError("the server does not forget")


def test_a_page_that_the_server_has_forgotten_is_expired(library: Library) -> None:
    page = library.config_maps.list(limit=500)
    library.config_maps.patch(NAMES[1], {"metadata": {"annotations": {"a": "b"}}})
    forget(library, page.metadata.resource_version)

    with pytest.raises(ExpiredError) as caught:
        library.config_maps.list(continue_token=page.metadata.continue_)

    assert (caught.value.status.code, caught.value.status.reason) == (410, "Expired")
    # with it comes a token that goes on in the present state
    rest = library.config_maps.list(continue_token=caught.value.status.metadata.continue_, limit=0)
    assert [obj.metadata.name for obj in rest] == NAMES[500:]


def test_iterate_goes_on_where_the_server_has_forgotten(library: Library) -> None:
    objects = library.config_maps.iterate(page_size=1500)
    first = next(objects)
    library.config_maps.patch(NAMES[2], {"metadata": {"annotations": {"a": "c"}}})
    version = library.config_maps.list(limit=1).metadata.resource_version
    forget(library, version)

    names = [first.metadata.name, *(obj.metadata.name for obj in objects)]

    assert names == NAMES
