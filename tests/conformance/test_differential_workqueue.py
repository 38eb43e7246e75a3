"""Queues do what client-go's do: random scripts, each on a clock that moves between its steps.

What differs on purpose, and is left out of the scripts:

* ``done`` of an item that waits and that nobody has: client-go then lets it wait twice.
* Items that are due at the same moment come in the order in which they were added; in client-go in
  any order.
* The gauges of work that goes on are as of now; client-go sets them twice a second, and no more once
  the queue is shut down, though work may be stuck just then.
* A drain also waits for items that wait while nobody works. client-go, whose documentation says the
  same, ends when nobody works for a moment.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from kubewright.testing import ManualClock
from kubewright.workqueue import (
    BucketLimiter,
    ExponentialLimiter,
    FastSlowLimiter,
    MaxOfLimiter,
    MaxWaitLimiter,
    QueueShutDown,
    RateLimiter,
    RateLimitingQueue,
    RecordedMetrics,
    default_controller_limiter,
)
from tests.differential import ask, seeded

pytestmark = pytest.mark.conformance

_SCRIPTS = 300
_STEPS = 40
_ITEMS = ["a", "b", "c", "d"]
_TICK = 0.5  # seconds between the times at which client-go sets its gauges
_GAUGES = ("unfinished", "longest")
_ROUNDING = 1e-6  # seconds; client-go counts nanoseconds


def _limiter(spec: dict[str, Any], clock: ManualClock) -> RateLimiter[str]:
    inner = [_limiter(each, clock) for each in spec.get("limiters", ())]
    first, second, count = (spec.get(key, 0) for key in ("first", "second", "count"))
    made: dict[str, Callable[[], RateLimiter[str]]] = {
        "exponential": lambda: ExponentialLimiter(first, second),
        "fastslow": lambda: FastSlowLimiter(first, second, count),
        "bucket": lambda: BucketLimiter(first, count, clock=clock),
        "default": lambda: default_controller_limiter(clock=clock),
        "maxwait": lambda: MaxWaitLimiter(inner[0], first),
        "maxof": lambda: MaxOfLimiter(*inner),
    }
    return made[spec["kind"]]()


class _Ours:
    """Plays steps on our queue, and knows which next ones make sense."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.clock = ManualClock()
        self.metrics = RecordedMetrics()
        self.queue = RateLimitingQueue[str](
            _limiter(spec, self.clock), metrics=self.metrics, clock=self.clock
        )
        self.held: list[str] = []
        self.ends: list[str] = []
        self._spec = spec
        self._due: set[float] = set()
        self._has_thread = False
        self._drained = False

    def do(self, step: dict[str, Any]) -> dict[str, Any]:
        """Play one step; return what is seen afterwards."""
        op, item, seconds = step["op"], step["item"], step["seconds"]
        result = ""
        if op == "get":
            result = self._get()
        elif op == "wait":
            self._wait(seconds)
        elif op == "requeues":
            result = str(self.queue.num_requeues(item))
        elif op in ("shut_down", "drain"):
            self.ends.append(op)
        if op == "done" and item in self.held:
            self.held.remove(item)
        if op in ("add_after", "add_rate_limited"):
            self._expect(self._delay(step))
        if op in ("add", "done", "add_rate_limited", "forget", "shut_down"):
            getattr(self.queue, op)(*([] if op == "shut_down" else [item]))
        elif op == "add_after":
            self.queue.add_after(item, seconds)
        self._settle()
        return self._seen(result)

    def makes_sense(self, step: dict[str, Any]) -> bool:
        """Whether client-go has one answer to the step."""
        op = step["op"]
        if op == "done":
            return step["item"] in (*self.held, "never")
        if op in ("add_after", "add_rate_limited"):
            return self.clock.monotonic() + self._delay(step) not in self._due
        if op == "drain":
            return not self.ends
        return op != "shut_down" or op not in self.ends

    def _delay(self, step: dict[str, Any]) -> float:
        """After how many seconds an item is to be added, without a change to the limiter."""
        if step["op"] == "add_after":
            return float(step["seconds"])
        twin = _limiter(self._spec, self.clock)
        waits = [twin.when("") for _ in range(self.queue.num_requeues(step["item"]) + 1)]
        return waits[-1]

    def _expect(self, delay: float) -> None:
        if delay > 0 and not self.ends:
            self._due.add(self.clock.monotonic() + delay)
            self._has_thread = True

    def _get(self) -> str:
        try:
            item = self.queue.get(0)
        except TimeoutError:
            return "none"
        except QueueShutDown:
            return "shut down"
        self.held.append(item)
        return item

    def _wait(self, seconds: float) -> None:
        for _ in range(round(seconds / _TICK)):
            self.clock.advance(_TICK)
            self._settle()

    def _settle(self) -> None:
        """Let the thread of delayed items do what it can."""
        if self._has_thread and not self.ends:
            self.clock.until_waiting()

    def _seen(self, result: str) -> dict[str, Any]:
        if self.ends == ["drain"]:
            self._drained = self.queue.shut_down_with_drain(0) or self._drained
        self._drained = self._drained or self.ends == ["drain", "shut_down"]
        self.queue.report()
        return {
            "result": result,
            "waiting": len(self.queue),
            "drained": self._drained,
            "depth": self.metrics.items,
            "adds": self.metrics.adds,
            "retries": self.metrics.retries,
            "queue_seconds": self.metrics.queue_seconds,
            "work_seconds": self.metrics.work_seconds,
            "handed_out": self.metrics.handed_out,
            "finished": self.metrics.finished,
            "unfinished": self.metrics.unfinished_seconds,
            "longest": self.metrics.longest_seconds,
        }


_WEIGHTS = {
    "add": 10,
    "get": 10,
    "done": 8,
    "add_after": 6,
    "add_rate_limited": 6,
    "wait": 8,
    "forget": 2,
    "requeues": 1,
    "drain": 0.4,
    "shut_down": 0.4,
}


def _step(rand: random.Random, held: list[str]) -> dict[str, Any]:
    (op,) = rand.choices(list(_WEIGHTS), list(_WEIGHTS.values()))
    seconds = 0.0
    if op == "add_after":
        seconds = rand.choice([-1.0, 0.0, *(_TICK * number for number in range(1, 20))])
    elif op == "wait":
        seconds = rand.choice([0.5, 1.0, 2.0, 6.0])
    item = rand.choice([*held, "never"] if op == "done" else _ITEMS)
    return {"op": op, "item": item, "seconds": seconds}


def _queue_limiter(rand: random.Random) -> dict[str, Any]:
    exponential = {"kind": "exponential", "first": 0.5, "second": 8.0}
    fast_slow = {"kind": "fastslow", "first": 0.5, "second": 4.0, "count": 2}
    return rand.choice(
        [
            exponential,
            fast_slow,
            {"kind": "maxof", "limiters": [exponential, fast_slow]},
            {"kind": "maxwait", "first": 4.0, "limiters": [exponential]},
        ]
    )


def _played(rand: random.Random) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A script, and what our queue does."""
    spec = _queue_limiter(rand)
    ours = _Ours(spec)
    steps: list[dict[str, Any]] = []
    seen: list[dict[str, Any]] = []
    while len(steps) < _STEPS:
        step = _step(rand, ours.held)
        if ours.makes_sense(step):
            steps.append(step)
            seen.append(ours.do(step))
            if step["op"] != "wait" or ours.ends:
                for gauge in _GAUGES:
                    del seen[-1][gauge]
    ours.queue.shut_down()
    return {"limiter": spec, "steps": steps}, seen


def test_queues_do_what_those_of_client_go_do() -> None:
    rand = seeded()
    scripts, seen = zip(*(_played(rand) for _ in range(_SCRIPTS)), strict=True)
    answers = ask("workqueue", scripts)

    for script, ours, answer in zip(scripts, seen, answers, strict=True):
        assert answer.error == ""
        for number, (our, their) in enumerate(zip(ours, answer.output, strict=True)):
            expected = {key: their[key] for key in our}
            assert our == pytest.approx(expected), (number, script["steps"][: number + 1])


def _any_limiter(rand: random.Random, depth: int = 0) -> dict[str, Any]:
    kinds = ["exponential", "fastslow", "bucket", "default", "maxwait", "maxof"]
    kind = rand.choice(kinds[:4] if depth > 1 else kinds)
    count = {"maxwait": 1, "maxof": rand.randrange(1, 4)}.get(kind, 0)
    return {
        "kind": kind,
        "first": rand.choice([0.001, 0.005, 0.1, 1.0, 7.5]),
        "second": rand.choice([0.002, 1.0, 60.0, 1000.0]),
        "count": rand.choice([1, 2, 5]),
        "limiters": [_any_limiter(rand, depth + 1) for _ in range(count)],
    }


def _limited(script: dict[str, Any]) -> list[float]:
    clock = ManualClock()
    limiter = _limiter(script["limiter"], clock)
    found: list[float] = []
    for step in script["steps"]:
        if step["op"] == "when":
            found.append(limiter.when(step["item"]))
            continue
        if step["op"] == "forget":
            limiter.forget(step["item"])
        else:
            clock.advance(step["seconds"])
        found.append(limiter.num_requeues(step["item"]))
    return found


def test_limiters_give_the_waits_of_client_go() -> None:
    rand = seeded()
    scripts = [
        {
            "limiter": _any_limiter(rand),
            "steps": [
                {
                    "op": rand.choice(["when", "when", "when", "when", "forget", "wait"]),
                    "item": rand.choice(_ITEMS[:2]),
                    "seconds": rand.choice([0.01, 0.3, 1.0, 20.0]),
                }
                for _ in range(rand.choice([10, 150]))
            ],
        }
        for _ in range(_SCRIPTS)
    ]

    for script, answer in zip(scripts, ask("ratelimiters", scripts), strict=True):
        assert answer.error == ""
        assert _limited(script) == pytest.approx(answer.output, abs=_ROUNDING), script
