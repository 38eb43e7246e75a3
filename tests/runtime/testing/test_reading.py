"""Lists, pages and watches of the server in memory."""

from __future__ import annotations

import threading
from typing import Any

import msgspec
import pytest

from kubewright._clock import StopToken
from kubewright.errors import ConnectionLostError, RequestTimeoutError, StoppedError
from kubewright.rest.request import Request
from kubewright.testing import FakeCluster
from kubewright_k8s import Clientset, SharedInformerFactory
from tests.support.fake_cluster import MAPS, MERGE, call, config_map, frames


@pytest.fixture
def cluster() -> FakeCluster:
    """Three config maps in the default namespace, one in another, three pods."""
    cluster = FakeCluster()
    for name in ("a", "b", "c"):
        call(cluster, "POST", MAPS, config_map(name, labels={"app": name}))
    call(cluster, "POST", "/api/v1/namespaces/x/configmaps", config_map("a"))
    for name, node in (("p", "n1"), ("q", "n2"), ("r", "")):
        cluster.add(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": name},
                "spec": {"nodeName": node, "hostNetwork": name == "r"},
                "status": {"phase": "Running" if node else "Pending"},
            }
        )
    return cluster


def names(answer: tuple[int, Any]) -> list[str]:
    return [item["metadata"]["name"] for item in answer[1]["items"]]


@pytest.mark.parametrize(
    ("path", "query", "expected"),
    [
        (MAPS, {}, ["a", "b", "c"]),
        ("/api/v1/configmaps", {}, ["a", "b", "c", "a"]),
        (MAPS, {"labelSelector": "app in (a,c)"}, ["a", "c"]),
        (MAPS, {"labelSelector": "!app"}, []),
        (MAPS, {"fieldSelector": "metadata.name!=b"}, ["a", "c"]),
        ("/api/v1/configmaps", {"fieldSelector": "metadata.namespace=x"}, ["a"]),
        ("/api/v1/pods", {"fieldSelector": "spec.nodeName=n2"}, ["q"]),
        ("/api/v1/pods", {"fieldSelector": "spec.nodeName="}, ["r"]),
        ("/api/v1/pods", {"fieldSelector": "spec.hostNetwork=true"}, ["r"]),
        ("/api/v1/pods", {"fieldSelector": "status.phase=Running,spec.nodeName!=n1"}, ["q"]),
        ("/api/v1/nodes", {"fieldSelector": "spec.unschedulable=false"}, []),
    ],
)
def test_selectors_choose(
    cluster: FakeCluster, path: str, query: dict[str, str], expected: list[str]
) -> None:
    assert names(call(cluster, "GET", path, **query)) == expected


def test_pages_show_the_state_that_the_first_one_did(cluster: FakeCluster) -> None:
    first = call(cluster, "GET", MAPS, limit=2)
    call(cluster, "DELETE", f"{MAPS}/c")
    call(cluster, "POST", MAPS, config_map("bb"))

    second = call(cluster, "GET", MAPS, limit=2, **{"continue": first[1]["metadata"]["continue"]})

    assert (names(first), names(second)) == (["a", "b"], ["c"])
    assert first[1]["metadata"]["resourceVersion"] == second[1]["metadata"]["resourceVersion"]


def test_a_page_of_a_forgotten_state_expires_with_a_token_to_go_on(cluster: FakeCluster) -> None:
    token = call(cluster, "GET", MAPS, limit=2)[1]["metadata"]["continue"]
    call(cluster, "POST", MAPS, config_map("d"))
    cluster.compact()

    status, expired = call(cluster, "GET", MAPS, limit=2, **{"continue": token})

    another = expired["metadata"]["continue"]
    assert (status, expired["reason"]) == (410, "Expired")
    assert names(call(cluster, "GET", MAPS, **{"continue": another})) == ["c", "d"]


def test_the_client_lists_on_when_a_page_expires(cluster: FakeCluster) -> None:
    maps = Clientset(cluster.rest).core_v1.config_maps("default")
    found = maps.iterate(page_size=1)
    first = next(found).metadata.name
    call(cluster, "POST", MAPS, config_map("d"))
    cluster.compact()

    assert [first, *(each.metadata.name for each in found)] == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"resourceVersion": "9999"}, (504, "Timeout")),
        ({"resourceVersion": "x"}, (400, "BadRequest")),
        ({"resourceVersionMatch": "Exact"}, (422, "Invalid")),
        ({"resourceVersion": "6", "resourceVersionMatch": "Exact"}, (410, "Expired")),
        ({"continue": "no token"}, (400, "BadRequest")),
        ({"labelSelector": "a b"}, (400, "BadRequest")),
        ({"fieldSelector": "data.a=1"}, (400, "BadRequest")),
    ],
    ids=str,
)
def test_wrong_lists_are_refused(
    cluster: FakeCluster, query: dict[str, str], expected: tuple[int, str]
) -> None:
    cluster.compact()

    status, answer = call(cluster, "GET", MAPS, **query)

    assert (status, answer["reason"]) == expected


def test_an_exact_list_shows_the_past(cluster: FakeCluster) -> None:
    version = call(cluster, "GET", MAPS)[1]["metadata"]["resourceVersion"]
    call(cluster, "DELETE", MAPS)

    past = call(cluster, "GET", MAPS, resourceVersion=version, resourceVersionMatch="Exact")

    assert (names(past), names(call(cluster, "GET", MAPS))) == (["a", "b", "c"], [])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [("ADDED", "b"), ("ADDED", "c")]),
        ({"resourceVersion": "0"}, [("ADDED", "b"), ("ADDED", "c")]),
        (
            {
                "sendInitialEvents": "true",
                "resourceVersionMatch": "NotOlderThan",
                "allowWatchBookmarks": "true",
            },
            [("ADDED", "b"), ("ADDED", "c"), ("BOOKMARK", "")],
        ),
        ({"labelSelector": "app=c"}, [("ADDED", "c")]),
        ({"fieldSelector": "metadata.name=b"}, [("ADDED", "b")]),
    ],
    ids=["no version", "any version", "watch list", "labels", "fields"],
)
def test_a_watch_without_a_version_begins_with_what_is_there(
    cluster: FakeCluster, query: dict[str, str], expected: list[tuple[str, str]]
) -> None:
    call(cluster, "DELETE", f"{MAPS}/a")

    assert frames(cluster, MAPS, len(expected), **query) == expected


def test_a_watch_from_a_version_replays_what_came_after(cluster: FakeCluster) -> None:
    version = cluster.resource_version
    call(cluster, "POST", MAPS, config_map("d"))
    call(cluster, "PATCH", f"{MAPS}/a", {"data": {"b": "2"}}, MERGE)
    call(cluster, "DELETE", f"{MAPS}/d")

    assert frames(cluster, MAPS, 3, resourceVersion=version) == [
        ("ADDED", "d"),
        ("MODIFIED", "a"),
        ("DELETED", "d"),
    ]


def test_objects_come_into_a_selection_and_leave_it(cluster: FakeCluster) -> None:
    version = cluster.resource_version
    for name, label in (("a", "c"), ("c", "x"), ("a", "x")):
        patch = {"metadata": {"labels": {"app": label}}}
        call(cluster, "PATCH", f"{MAPS}/{name}", patch, MERGE)

    assert frames(cluster, MAPS, 3, resourceVersion=version, labelSelector="app=c") == [
        ("ADDED", "a"),
        ("DELETED", "c"),
        ("DELETED", "a"),
    ]


def test_a_forgotten_version_is_told_in_the_watch(cluster: FakeCluster) -> None:
    version = cluster.resource_version
    call(cluster, "POST", MAPS, config_map("d"))
    cluster.compact()

    with cluster.stream(
        Request("GET", MAPS, [("watch", "true"), ("resourceVersion", version)])
    ) as stream:
        (line,) = stream.lines()

    event = msgspec.json.decode(line)
    assert (stream.status, event["type"], event["object"]["code"]) == (200, "ERROR", 410)


def open_watch(cluster: FakeCluster, stop: StopToken | None = None) -> Any:
    query = [("watch", "true"), ("resourceVersion", cluster.resource_version)]
    query.append(("allowWatchBookmarks", "true"))
    return cluster.stream(Request("GET", MAPS, query, stop=stop), read_timeout=5)


def test_bookmarks_are_sent_on_demand(cluster: FakeCluster) -> None:
    with open_watch(cluster) as stream:
        cluster.send_bookmarks()

        event = msgspec.json.decode(next(stream.lines()))

    assert event == {
        "type": "BOOKMARK",
        "object": {
            "kind": "ConfigMap",
            "apiVersion": "v1",
            "metadata": {"resourceVersion": cluster.resource_version},
        },
    }


def test_a_closed_watch_wakes_its_reader_and_is_forgotten(cluster: FakeCluster) -> None:
    stream = open_watch(cluster)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.extend(stream.lines()))
    reader.start()

    stream.close()

    reader.join(5)
    assert (reader.is_alive(), read, cluster.open_watches) == (False, [], 0)


def test_a_watch_may_be_asked_for_longer_than_threads_can_wait(cluster: FakeCluster) -> None:
    query = [("watch", "true"), ("resourceVersion", "0"), ("timeoutSeconds", str(2**63 - 1))]
    stream = cluster.stream(Request("GET", MAPS, query))
    lines = stream.lines()
    listed = [next(lines) for _ in range(3)]
    closing = threading.Timer(0.05, stream.close)
    closing.start()

    assert (len(listed), list(lines)) == (3, [])


def test_a_stop_token_ends_a_watch(cluster: FakeCluster) -> None:
    stop = StopToken()
    stream = open_watch(cluster, stop)

    stop.stop()

    assert (list(stream.lines()), cluster.open_watches) == ([], 0)


def test_a_stopped_request_is_not_sent(cluster: FakeCluster) -> None:
    stop = StopToken()
    stop.stop()
    before = len(cluster.requests)

    with pytest.raises(StoppedError):
        cluster.send(Request("GET", MAPS, stop=stop))

    assert len(cluster.requests) == before


def test_watches_end_as_a_test_wants(cluster: FakeCluster) -> None:
    orderly, broken = open_watch(cluster), open_watch(cluster)
    call(cluster, "POST", MAPS, config_map("d"))
    cluster.end_watches()

    assert len(list(orderly.lines())) == len(list(broken.lines())) == 1


def test_a_broken_watch_is_a_lost_connection(cluster: FakeCluster) -> None:
    stream = open_watch(cluster)
    cluster.end_watches(broken=True)

    with pytest.raises(ConnectionLostError):
        next(stream.lines())


def test_silence_for_too_long_is_a_timeout(cluster: FakeCluster) -> None:
    query = [("watch", "true"), ("resourceVersion", cluster.resource_version)]

    with (
        cluster.stream(Request("GET", MAPS, query), read_timeout=0.01) as stream,
        pytest.raises(RequestTimeoutError),
    ):
        next(stream.lines())


def test_what_is_called_before_each_read_can_end_a_watch(cluster: FakeCluster) -> None:
    reads: list[int] = []

    def count() -> None:
        reads.append(1)
        if len(reads) == 2:
            raise RequestTimeoutError("long enough")

    stream = open_watch(cluster)
    stream.set_read_timeout(None, before_read=count)
    call(cluster, "POST", MAPS, config_map("d"))

    lines = stream.lines()
    next(lines)
    with pytest.raises(RequestTimeoutError, match="long enough"):
        next(lines)


def test_the_client_s_watch_heals_a_broken_connection_and_a_410(cluster: FakeCluster) -> None:
    maps = Clientset(cluster.rest).core_v1.config_maps("default")
    seen: list[tuple[str, str]] = []
    with maps.watch(since=maps.list()) as events:
        call(cluster, "PATCH", f"{MAPS}/a", {"data": {"b": "2"}}, MERGE)
        seen.append(_told(next(events)))
        call(cluster, "DELETE", f"{MAPS}/b")
        call(cluster, "POST", MAPS, config_map("d"))
        cluster.end_watches()
        cluster.compact()
        seen += [_told(next(events)), _told(next(events))]

    assert seen == [("MODIFIED", "a"), ("DELETED", "b"), ("ADDED", "d")]


def _told(event: Any) -> tuple[str, str]:
    return event.type, event.object.metadata.name


def test_informers_run_on_it_and_leave_nothing_open(cluster: FakeCluster) -> None:
    factory = SharedInformerFactory(Clientset(cluster.rest))
    informer = factory.core_v1.config_maps
    added = threading.Event()
    informer.add_event_handler(on_add=lambda o: added.set() if o.metadata.name == "d" else None)

    with factory:
        factory.wait_for_cache_sync(timeout=10)
        before = sorted(o.metadata.name for o in informer.lister("default").list())
        call(cluster, "POST", MAPS, config_map("d"))
        heard = added.wait(10)

    assert (before, heard, cluster.open_watches) == (["a", "b", "c"], True, 0)
