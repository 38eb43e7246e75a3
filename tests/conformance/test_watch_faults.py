"""A watch of a real server under faults tells all that adds up to the truth, and nothing twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from kubewright.meta_v1 import ObjectMeta
from kubewright.rest.client import RESTClient
from kubewright.rest.config import Config
from kubewright.rest.credentials import Credentials, StaticCredentials
from kubewright.watch import Watch
from kubewright_k8s import Clientset
from kubewright_k8s.core_v1 import ConfigMap, Namespace
from kubewright_k8s.core_v1.client import ConfigMapClient
from tests.support.apiserver import APIServer
from tests.support.patience import until_answered

pytestmark = pytest.mark.conformance

LIMIT = 60.0  # seconds until a test counts as hung
LAST = "last"


@pytest.fixture
def config_maps(own_api_server: APIServer) -> Iterator[ConfigMapClient]:
    config = Config(
        host=own_api_server.url,
        ca_data=own_api_server.ca_data,
        credentials=StaticCredentials(Credentials(token=own_api_server.token)),
    )
    with RESTClient.for_config(config) as rest:
        clientset = Clientset(rest)
        made = clientset.core_v1.namespaces.create(
            Namespace(metadata=ObjectMeta(generate_name="faults-"))
        )
        yield clientset.core_v1.config_maps(made.metadata.name)
    own_api_server.resume()


@dataclass(slots=True)
class Follower:
    """Reads a watch in a thread and keeps what it told.

    Attributes:
        watch: what it reads until an object called `LAST` comes.
        events: type, name and resource version, in order.
        state: what the events add up to, by name.
    """

    watch: Watch[ConfigMap]
    events: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    state: dict[str, str] = field(default_factory=dict[str, str])
    started: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Follower:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.watch.stop()
        self.join(LIMIT)

    def join(self, timeout: float) -> bool:
        """Wait for the end; return whether it came."""
        assert self._thread is not None
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        for event in self.watch:
            meta = event.object.metadata
            self.events.append((event.type, meta.name, meta.resource_version))
            self.state.pop(meta.name, None)
            if event.type != "DELETED":
                self.state[meta.name] = event.object.data.get("k", "")
            self.started.set()
            if meta.name == LAST:
                return


def put(config_maps: ConfigMapClient, name: str, value: str) -> None:
    metadata = {"name": name, "labels": {"seen": "yes"}}
    wanted = ConfigMap.from_wire({"metadata": metadata, "data": {"k": value}})
    until_answered(lambda: config_maps.apply(wanted, field_manager="test"))


def truth(config_maps: ConfigMapClient) -> dict[str, str]:
    return {obj.metadata.name: obj.data["k"] for obj in config_maps.list(label_selector="seen")}


def test_kills_and_pauses_lose_nothing_and_repeat_nothing(
    own_api_server: APIServer, config_maps: ConfigMapClient
) -> None:
    put(config_maps, "first", "0")
    watch = Watch(
        config_maps.lister_watcher(label_selector="seen"),
        ConfigMap,
        idle_timeout=1.0,
        timeout=LIMIT,
    )

    with Follower(watch) as follower:
        assert follower.started.wait(LIMIT)
        put(config_maps, "a", "1")
        own_api_server.kill()
        own_api_server.start()
        put(config_maps, "a", "2")
        put(config_maps, "b", "1")
        own_api_server.pause()
        threading.Timer(1.5, own_api_server.resume).start()
        put(config_maps, "c", "1")
        config_maps.delete("a")
        own_api_server.restart()
        put(config_maps, "b", "2")
        put(config_maps, LAST, "1")
        assert follower.join(LIMIT)

    assert follower.state == truth(config_maps) == {"first": "0", "b": "2", "c": "1", LAST: "1"}
    versions = [version for kind, _, version in follower.events if kind != "DELETED"]
    assert len(set(versions)) == len(versions)
    assert [name for kind, name, _ in follower.events if kind == "DELETED"] == ["a"]
    assert [name for kind, name, _ in follower.events if kind == "ADDED"].count("b") == 1


def test_a_live_watch_heals_when_its_version_is_forgotten(
    own_api_server: APIServer, config_maps: ConfigMapClient
) -> None:
    put(config_maps, "gone", "1")
    put(config_maps, "kept", "1")
    source = config_maps.lister_watcher(label_selector="seen")
    watch = Watch(source, ConfigMap, info=config_maps.info, timeout=LIMIT)
    told = [next(watch), next(watch)]
    # while nobody reads: the connection ends, time goes on elsewhere, the server forgets
    stale = watch.resource_version
    assert stale is not None
    own_api_server.kill()
    own_api_server.start()
    config_maps.delete("gone")
    put(config_maps, "new", "1")
    own_api_server.kill()
    own_api_server.start()
    events = source.watch(resource_version=stale)
    first = next(iter(events))
    events.close()
    # else the server still knows the version, and this test would prove nothing
    assert (first.type, bytes(first.object["code"])) == ("ERROR", b"410")

    healed = [next(watch), next(watch)]
    watch.stop()

    assert sorted((e.type, e.object.metadata.name) for e in told) == [
        ("ADDED", "gone"),
        ("ADDED", "kept"),
    ]
    assert [(e.type, e.object.metadata.name, e.is_synthetic) for e in healed] == [
        ("DELETED", "gone", True),
        ("ADDED", "new", True),
    ]


def test_an_ancient_version_is_healed(config_maps: ConfigMapClient) -> None:
    put(config_maps, "a", "1")

    with config_maps.watch(resource_version="1", timeout=LIMIT) as watch:
        event = next(watch)

    assert (event.type, event.object.metadata.name) == ("ADDED", "a")


@pytest.mark.parametrize("state", ["idle", "paused server", "no server"])
def test_a_stop_is_prompt(
    own_api_server: APIServer, config_maps: ConfigMapClient, state: str
) -> None:
    put(config_maps, "a", "1")
    with Follower(config_maps.watch(label_selector="seen", timeout=LIMIT)) as follower:
        assert follower.started.wait(LIMIT)
        if state == "paused server":
            own_api_server.pause()
        if state == "no server":
            own_api_server.kill()
        before = time.monotonic()
        follower.watch.stop()
        ended = follower.join(LIMIT)
        seconds = time.monotonic() - before

    if state == "no server":
        own_api_server.start()
    assert ended
    assert seconds < 1.0
