"""A session is recorded with all that happened in it and no secret, and played again."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from kubewright import NotFoundError, ObjectMeta
from kubewright.errors import ApiError, ConnectionLostError, DecodeError
from kubewright.rest.client import RESTClient
from kubewright.rest.request import Request
from kubewright.testing import FakeCluster, Replay, UnrecordedRequestError, faults, recording
from kubewright_k8s import Clientset
from kubewright_k8s.authentication_v1 import TokenReview
from kubewright_k8s.core_v1 import ConfigMap, Secret
from kubewright_k8s.core_v1.client import ConfigMapClient

MAP = ConfigMap(metadata=ObjectMeta(name="a"), data={"k": "v"})
HEAD = '{"kubewright":"recording","version":1}'
WATCH = Request("GET", "/api/v1/namespaces/default/configmaps", [("watch", "true")])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "session.jsonl"


def _record(file: Path, session: Callable[[RESTClient], object], cluster: FakeCluster) -> str:
    with RESTClient(recording(file)(cluster)) as rest:
        session(rest)
    return file.read_text()


def _work(rest: RESTClient) -> list[object]:
    """A session of a program: what it sees."""
    maps = Clientset(rest).core_v1.config_maps("default")
    seen: list[object] = [maps.create(MAP).data]
    found = maps.get("a")
    found.data["k"] = "w"
    seen.append(maps.update(found).data)
    maps.delete("a")
    with pytest.raises(NotFoundError) as caught:
        maps.get("a")
    return [*seen, str(caught.value)]


def test_what_is_played_is_what_was_recorded(file: Path) -> None:
    _record(file, _work, FakeCluster())
    replay = Replay(file)

    assert _work(RESTClient(replay)) == [
        {"k": "v"},
        {"k": "w"},
        'configmaps "a" not found',
    ]
    assert (replay.unused, replay.unrecorded) == ([], [])


def test_the_file_is_for_people(file: Path) -> None:
    text = _record(
        file, lambda rest: Clientset(rest).core_v1.namespaces.get("default"), FakeCluster()
    )

    head, line = map(json.loads, text.splitlines())
    assert head == {"kubewright": "recording", "version": 1}
    assert line["request"] == {"method": "GET", "path": "/api/v1/namespaces/default"}
    assert (line["answer"]["status"], line["answer"]["body"]["kind"]) == (200, "Namespace")


def _with_secrets(rest: RESTClient) -> None:
    cs = Clientset(rest)
    secrets = cs.core_v1.secrets("default")
    wire = {
        "metadata": {"name": "s"},
        "stringData": {"user": "hunter1"},
        "data": {"p": "aHVudGVyMg=="},
    }
    secrets.create(Secret.from_wire(wire))
    secrets.patch("s", {"data": {"p": "aHVudGVyMw=="}})
    secrets.patch("s", [{"op": "replace", "path": "/data/p", "value": "aHVudGVyNA=="}], type="json")
    secrets.list()
    with rest.stream(Request("GET", "/api/v1/secrets", [("watch", "true")])) as stream:
        next(stream.lines())
    review = TokenReview.from_wire({"spec": {"token": "hunter5"}})
    with suppress(ApiError):  # recorded, whether it is served or not
        cs.authentication_v1.token_reviews.create(review)


def test_secrets_and_tokens_are_masked(file: Path) -> None:
    text = _record(file, _with_secrets, FakeCluster())

    assert "aHVudGVy" not in text
    assert "hunter" not in text
    assert '"name":"s"' in text


def test_a_masked_session_plays(file: Path) -> None:
    _record(file, _with_secrets, FakeCluster())

    _with_secrets(RESTClient(Replay(file)))


def test_more_is_masked_on_request(file: Path) -> None:
    def mask(value: Any) -> Any:
        return json.loads(json.dumps(value).replace('"v"', '"hidden"'))

    transport = recording(file, mask=mask)(FakeCluster())
    Clientset(RESTClient(transport)).core_v1.config_maps("default").create(MAP)
    transport.close()

    assert '"k":"v"' not in file.read_text()
    played = Clientset(RESTClient(Replay(file, mask=mask))).core_v1.config_maps("default")
    assert played.create(MAP).data == {"k": "hidden"}


def _watched(rest: RESTClient, cluster: FakeCluster | None = None) -> list[str]:
    """Create two objects, each when the event of the one before has come."""
    maps = Clientset(rest).core_v1.config_maps("default")
    seen: list[str] = []
    with rest.stream(WATCH, read_timeout=5) as stream:
        lines = stream.lines()
        for name in ("a", "b"):
            maps.create(ConfigMap(metadata=ObjectMeta(name=name)))
            seen.append(json.loads(next(lines))["object"]["metadata"]["name"])
        if cluster is not None:
            cluster.end_watches(broken=True)
        with pytest.raises(ConnectionLostError):
            next(lines)
    return seen


def test_events_come_in_the_order_of_the_session(file: Path) -> None:
    cluster = FakeCluster()
    _record(file, lambda rest: _watched(rest, cluster), cluster)

    assert _watched(RESTClient(Replay(file))) == ["a", "b"]


def test_an_event_waits_for_the_requests_before_it(file: Path) -> None:
    cluster = FakeCluster()
    _record(file, lambda rest: _watched(rest, cluster), cluster)
    replay = Replay(file)
    came: list[bytes] = []
    stream = replay.stream(WATCH)
    thread = threading.Thread(target=lambda: came.extend([next(stream.lines())]))
    thread.start()
    early = list(came)

    maps = Clientset(RESTClient(replay)).core_v1.config_maps("default")
    maps.create(ConfigMap(metadata=ObjectMeta(name="a")))
    thread.join(10)

    assert (early, [json.loads(line)["type"] for line in came]) == ([], ["ADDED"])


def test_a_failure_is_played_too(file: Path) -> None:
    cluster = FakeCluster()
    cluster.react("create", "configmaps", faults.lost_answer())

    def lose(rest: RESTClient) -> None:
        with pytest.raises(ConnectionLostError, match="reset"):
            Clientset(rest).core_v1.config_maps("default").create(MAP)

    _record(file, lose, cluster)

    lose(RESTClient(Replay(file)))


def _create_another(maps: ConfigMapClient) -> object:
    return maps.create(ConfigMap(metadata=ObjectMeta(name="a"), data={"k": "x"}))


def _list(maps: ConfigMapClient) -> object:
    return maps.list()


def _get_another(maps: ConfigMapClient) -> object:
    return maps.get("b")


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            _create_another,
            r'POST \S+ is not in \S+; the nearest that is left differs in body\.data\.k: "v" → "x"',
        ),
        (_list, r"GET \S+ is not in \S+; of this path it still has POST"),
        (_get_another, r"GET \S+/configmaps/b is not in \S+session\.jsonl$"),
    ],
    ids=["another body", "another verb", "another path"],
)
def test_what_was_not_recorded_is_an_error(
    file: Path, ask: Callable[[ConfigMapClient], object], message: str
) -> None:
    _record(file, _work, FakeCluster())
    replay = Replay(file)

    with pytest.raises(UnrecordedRequestError, match=message):
        ask(Clientset(RESTClient(replay)).core_v1.config_maps("default"))
    assert len(replay.unrecorded) == 1


def test_what_was_not_asked_is_known(file: Path) -> None:
    _record(file, lambda rest: Clientset(rest).core_v1.namespaces.get("default"), FakeCluster())

    assert Replay(file).unused == ["GET /api/v1/namespaces/default"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no recording"),
        ("{}\n", "no recording"),
        ('{"kubewright":"recording","version":1}\n{', "damaged"),
        (f"{HEAD}\n5", "damaged"),
        (f'{HEAD}\n{{"id":1,"request":{{"method":"GET","path":"/"}}}}', "damaged"),
        (f'{HEAD}\n{{"id":1,"request":{{}},"answer":{{"status":200,"headers":[]}}}}', "damaged"),
        (f'{HEAD}\n{{"id":1,"request":{{"method":"GET","path":"/"}},"error":{{}}}}', "damaged"),
        (f'{HEAD}\n{{"id":7,"piece":{{"text":"x"}}}}', "damaged"),
    ],
)
def test_another_file_is_refused(file: Path, text: str, message: str) -> None:
    file.write_text(text)

    with pytest.raises(DecodeError, match=message):
        Replay(file)
