"""Events come to the server as from client-go's recorders: random scripts with a server that fails.

What differs on purpose, and is left out of the scripts or of what is compared:

* The event that stands for several similar ones has a valid name here also where the object's name is
  none for an event; client-go's is refused.
* Which of ten different messages is forgotten first: here the oldest, in client-go any of them.
* Combined messages are remembered once; client-go remembers each a second time, as an event of its
  own, and so forgets others sooner.
* A series that has grown is told after half an hour, one that is over after six minutes without
  another; client-go looks every thirty and every six minutes, and tells also what has not changed.
* The version of an object does not tell series apart; in client-go an object that changes gets a new
  event each time.
* A note that is too long is cut; client-go sends it, and the server refuses.
* ``reportingInstance`` names the program in both forms; client-go's old form has the host there.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, TypeAlias

import pytest

from kubewright._clock import Clock, StopToken
from kubewright.events import EventLimits, ObjectReference
from kubewright.events.delivery import Delivery
from kubewright.events.occurrence import EventNames, Occurrence, Reporter
from kubewright.events.sinks import CoreSink, SeriesSink, Sink
from kubewright.rest.client import RESTClient
from tests.differential import Answer, ask, seeded
from tests.support.event_server import EventServer
from tests.support.scripted import FakeClock

pytestmark = pytest.mark.conformance

_SCRIPTS = 250
_START = datetime(2000, 1, 1, tzinfo=UTC).timestamp()  # of the Go side's clock
_LONGEST_DELIVERY = 150.0  # seconds, of all attempts
_FINISHED = 360.0  # seconds without another one after which a series may be over
_SWEPT = 2 * _FINISHED  # seconds after which it is, in client-go too
_OBJECTS: list[dict[str, str]] = [
    {"kind": "Pod", "apiVersion": "v1", "namespace": "shop", "name": "site", "uid": "1"},
    {"kind": "Pod", "apiVersion": "v1", "namespace": "shop", "name": "site", "uid": "2"},
    {"kind": "Node", "apiVersion": "v1", "name": "n1"},
    {"kind": "Role", "apiVersion": "rbac.authorization.k8s.io/v1", "name": "system:node"},
]
_PATHS = ["", "", "spec.containers{a}", "spec.containers{b}"]
_COMPARED = ("reason", "message", "note", "type", "action", "count", "firstTimestamp")
_REFERENCES = ("involvedObject", "regarding", "related")
_Parts: TypeAlias = tuple[RESTClient, Reporter, Delivery, Clock]
_MakeSink: TypeAlias = Callable[[dict[str, Any], _Parts], Sink]
_ANSWERS = ["ok", "lost", "down", "refuse", "gone"]


def _reference(rand: random.Random) -> dict[str, str]:
    path = rand.choice(_PATHS)
    return rand.choice(_OBJECTS) | ({"fieldPath": path} if path else {})


def _told(rand: random.Random) -> dict[str, Any]:
    """What a step says, but for its time and message."""
    return {
        "regarding": _reference(rand),
        "type": rand.choice(["Normal", "Warning"]),
        "reason": rand.choice(["Pulled", "Failed"]),
        "action": rand.choice(["Pull", "Start"]),
        "annotations": {"run": str(rand.randrange(3))} if rand.random() < 0.3 else {},
    }


def _answers(rand: random.Random) -> list[str]:
    return [rand.choice(_ANSWERS) for _ in range(rand.choice([0, 0, 1, 2, 3]))]


def _limits(rand: random.Random) -> dict[str, Any]:
    """Those of client-go, or others."""
    if rand.random() < 0.5:
        return asdict(EventLimits())
    different = rand.choice([2, 4, 1000])
    return {
        "burst": rand.choice([1, 3, 40]),
        "refill": rand.choice([4.0, 32.0, 256.0]),
        "different_messages": different,
        "together": rand.choice([1, 30, 900]),
        # client-go remembers combined messages a second time, as if each were an event of its own
        "remembered": rand.choice([1, 2, 3, 20]) if different == 1000 else 4096,
    }


def _core_script(rand: random.Random) -> dict[str, Any]:
    """Repetitions and different messages, about few or many things."""
    limits = _limits(rand)
    steps: list[dict[str, Any]] = []
    subjects = [_told(rand) for _ in range(rand.choice([1, 2, 6]))]
    messages: defaultdict[str, list[str]] = defaultdict(list)
    fails, at = rand.random() < 0.5, 0.0
    pauses = rand.choice([[0.25, 1, 7], [0.25, 1, 61, 299, 301, 607]])
    for number in range(rand.choice([15, 60])):
        at += rand.choice(pauses)
        step: dict[str, Any] = {
            **rand.choice(subjects),
            "action": "",
        }  # client-go's old form has none
        known = messages[_about(step)]
        is_odd = step["regarding"]["name"] == "system:node"
        # of ten messages client-go forgets any one, and gives the combined event a bad name
        if known and (
            is_odd or (len(known) < limits["different_messages"] - 1 and rand.random() < 0.5)
        ):
            step["message"] = rand.choice(known)
        else:
            step["message"] = f"m{number}"
            known.append(step["message"])
        step |= {"at": at, "answers": _answers(rand) if fails else []}
        if step["answers"]:
            at += _LONGEST_DELIVERY
        steps.append(step)
    return {"limits": limits, "steps": steps, "end": at + _LONGEST_DELIVERY}


def _about(step: dict[str, Any]) -> str:
    whole = {key: value for key, value in step["regarding"].items() if key != "fieldPath"}
    return str((whole, step["type"], step["reason"]))


def _series_script(rand: random.Random) -> dict[str, Any]:
    """Series that go on or begin anew, never when only client-go's round decides which."""
    steps: list[dict[str, Any]] = []
    subjects = [_told(rand) for _ in range(rand.choice([1, 2, 6]))]
    for subject in subjects:
        if rand.random() < 0.3:
            subject["related"] = _reference(rand)
    last: dict[str, float] = {}
    at = 1.0
    for number in range(40):
        at += rand.choice([0.25, 1, 7, 61, 200, 350, 900])
        step = dict(rand.choice(subjects))
        key = str([step.get(key) for key in ("regarding", "related", "type", "reason", "action")])
        if _FINISHED <= at - last.get(key, at) <= _SWEPT:
            continue
        last[key] = at
        step |= {"at": at, "message": f"m{number}", "answers": []}
        if 1 <= at % _FINISHED < _FINISHED - _LONGEST_DELIVERY:
            step["answers"] = _answers(rand)
        if step["answers"]:
            at += _LONGEST_DELIVERY
        steps.append(step)
    return {"steps": steps, "end": at + 3 * _FINISHED}


def _played(script: dict[str, Any], make: _MakeSink) -> EventServer:
    server, clock, names = EventServer(), FakeClock(), EventNames()
    deliver = Delivery(clock=clock, rand=random.random, stop=StopToken())
    rest = RESTClient(server, max_retries=0)
    sink = make(script, (rest, Reporter("script", "", ""), deliver, clock))
    for step in script["steps"]:
        clock.time = _START + step["at"]
        server.answers = []
        sink.tick()
        server.answers = list(step["answers"])
        now, related = clock.now(), step.get("related")
        sink.take(
            Occurrence(
                name=names.of(step["regarding"]["name"], now),
                regarding=ObjectReference.from_wire(step["regarding"]),
                reason=step["reason"],
                message=step["message"],
                type=step["type"],
                action=step["action"],
                related=None if related is None else ObjectReference.from_wire(related),
                annotations=step["annotations"],
                time=now,
            )
        )
    clock.time = _START + script["end"]
    server.answers = []
    sink.tick(at_end=True)
    return server


def _core_sink(script: dict[str, Any], parts: _Parts) -> Sink:
    return CoreSink(*parts, EventLimits(**script["limits"]))


def _series_sink(_: dict[str, Any], parts: _Parts) -> Sink:
    return SeriesSink(*parts)


def _essence(event: dict[str, Any]) -> dict[str, Any]:
    """What both sides must agree on: all but the name and who tells it."""
    metadata = event["metadata"]
    return {
        "namespace": metadata["namespace"],
        "annotations": metadata.get("annotations") or {},
        **{key: event.get(key) or None for key in _COMPARED},
        **{key: event.get(key) for key in _REFERENCES},
        **{key: _seconds(event.get(key)) for key in ("eventTime", "lastTimestamp")},
        "series": event.get("series") and event["series"]["count"],
        "observed": event.get("series") and _seconds(event["series"]["lastObservedTime"]),
    }


def _seconds(time: str | None) -> str | None:
    """Without the fraction, which Go leaves out where it may."""
    return time and time[:19]


def _differences(
    topic: str,
    scripts: list[dict[str, Any]],
    compared: Callable[[list[dict[str, Any]], list[str]], Any],
    make: _MakeSink,
) -> list[Any]:
    found: list[Any] = []
    answers: list[Answer] = ask(topic, scripts)
    for script, answer in zip(scripts, answers, strict=True):
        assert answer.error == ""
        server = _played(script, make)
        ours = compared(list(server.stored.values()), server.log)
        theirs = compared(answer.output["events"], answer.output["log"] or [])
        if ours != theirs:
            found.append((script, ours, theirs))
    return found


def test_the_old_form_is_told_with_the_same_requests() -> None:
    rand = seeded()
    scripts = [_core_script(rand) for _ in range(_SCRIPTS)]

    differences = _differences(
        "events-core",
        scripts,
        lambda events, log: ([_essence(each) for each in events], log),
        _core_sink,
    )

    assert not differences, (len(differences), differences[:1])


def test_series_end_up_the_same() -> None:
    rand = seeded()
    scripts = [_series_script(rand) for _ in range(_SCRIPTS)]

    # what the server refused at first is made when the series is over, on each side at its own time
    differences = _differences(
        "events-series",
        scripts,
        lambda events, _: sorted((_essence(each) for each in events), key=str),
        _series_sink,
    )

    assert not differences, (len(differences), differences[:1])
