"""A reflector's queue leads to the collection's state, by the requests that client-go would make."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from kubewright._clock import StopToken
from kubewright._errors import DecodeError, KubeError
from kubewright.cache import EntryCodec, Notifications, RealFIFO, Reflector, ReplacedAll, Store
from kubewright.cache.deltas import Bookmark, Delta
from kubewright.errors import (
    ConnectionLostError,
    RefusedError,
    RequestTimeoutError,
    StoppedError,
)
from kubewright.watch.lister_watcher import Page
from tests.support.scripted import (
    FakeClock,
    ScriptedSource,
    Step,
    Widget,
    bookmark,
    error,
    event,
    page,
    status,
    widget,
)

END = bookmark(5, ends_initial_events=True)


class Run:
    """A reflector over a script, to its end."""

    def __init__(
        self,
        *,
        lists: Iterable[Page | Exception] = (),
        watches: Iterable[Sequence[Step] | Exception] = (),
        clock: FakeClock | None = None,
        **options: Any,
    ) -> None:
        self.clock = clock or FakeClock()
        self.source = ScriptedSource(lists=lists, watches=watches)
        self.heard: list[str] = []
        self.errors: list[KubeError] = []
        self.waits: list[float] = []
        self._stop = StopToken()
        self.source.done = self._end
        queue = RealFIFO(Store(Widget))
        self.reflector = Reflector(
            self.source,
            queue,
            EntryCodec(Widget).entry_of,
            stop=self._stop,
            on_queued=lambda: queue.pop(self._take, block=False),
            on_error=self.errors.append,
            clock=self.clock,
            rand=lambda: 0.0,
            **options,
        )
        self.reflector.run()

    @property
    def calls(self) -> list[str]:
        return self.source.calls

    def _end(self) -> None:
        self.waits = list(self.clock.waits)
        self._stop.stop()

    def _take(self, notifications: Notifications) -> None:
        for each in notifications:
            if isinstance(each, Delta):
                self.heard.append(f"{each.type} {each.entry.name.name}")
            elif isinstance(each, ReplacedAll):
                names = ",".join(entry.name.name for entry in each.entries)
                self.heard.append(f"all {names} at {each.resource_version}")
            elif isinstance(each, Bookmark):
                self.heard.append(f"bookmark {each.resource_version}")


def added(*names: str) -> list[Step]:
    return [event("ADDED", widget(name, 1)) for name in names]


def test_stock_is_taken_by_a_stream_that_goes_on_as_the_watch() -> None:
    run = Run(watches=[[*added("a", "b"), END, event("MODIFIED", widget("a", 6)), bookmark(9)]])

    assert run.heard == ["all a,b at 5", "Updated a", "bookmark 9"]
    assert run.calls == ["watch-list"]
    assert run.reflector.resource_version == "9"


def test_what_is_deleted_within_the_initial_events_is_not_there() -> None:
    run = Run(watches=[[*added("a", "b"), event("DELETED", widget("a", 4)), END]])

    assert run.heard == ["all b at 5"]


@pytest.mark.parametrize("annotation", ["false", "True", ""], ids=["false", "capital", "empty"])
def test_only_the_true_annotation_ends_the_initial_events(annotation: str) -> None:
    other = bookmark(4)
    other["object"]["metadata"]["annotations"] = {"k8s.io/initial-events-end": annotation}

    run = Run(watches=[[*added("a"), other, bookmark(4), *added("b"), END]])

    assert run.heard == ["all a,b at 5"]


def test_the_silence_that_is_borne_grows_after_the_initial_events() -> None:
    run = Run(watches=[[END]], idle_timeout=90.0)

    assert run.source.read_timeouts == [15.0, 15.0, 90.0]


UNKNOWN: list[Any] = [
    pytest.param(error(422, "Invalid"), id="feature is off"),
    pytest.param(error(400, "BadRequest"), id="bad request"),
    pytest.param(error(406, "NotAcceptable"), id="not acceptable"),
    pytest.param([*added("a"), RequestTimeoutError("silence")], id="no bookmark comes"),
]


@pytest.mark.parametrize("answer", UNKNOWN)
def test_a_server_that_cannot_stream_is_listed_and_that_is_remembered(
    answer: Sequence[Step] | Exception,
) -> None:
    run = Run(
        lists=[page(5, widget("a", 1)), page(9, widget("a", 1))],
        watches=[answer, [event("ERROR", status(410, "Expired"))], []],
    )

    assert run.calls == ["watch-list", "list 0", "watch 5", "list 5", "watch 9"]
    assert run.heard == ["all a at 5", "all a at 9"]


def test_after_an_hour_streaming_is_tried_again() -> None:
    clock = FakeClock()
    run = Run(
        clock=clock,
        lists=[page(5)],
        watches=[
            error(422, "Invalid"),
            [clock.advance(3601), event("ERROR", status(410, "Expired"))],
            [END],
        ],
    )

    assert run.calls == ["watch-list", "list 0", "watch 5", "watch-list 5"]


def test_events_that_never_end_are_given_up() -> None:
    clock = FakeClock()
    slow: list[Step] = [step for _ in range(20) for step in (clock.advance(5), *added("a"))]

    run = Run(clock=clock, lists=[page(5, widget("a", 1))], watches=[slow])

    assert run.calls == ["watch-list", "list 0"]
    assert run.heard == ["all a at 5"]


def test_a_stream_that_breaks_is_begun_again_and_then_listed() -> None:
    broken: list[Step] = [*added("a"), ConnectionLostError("reset")]

    run = Run(lists=[page(5, widget("b", 1))], watches=[broken, added("a"), []])

    assert run.calls == ["watch-list", "watch-list", "list 0", "watch 5"]
    assert run.heard == ["all b at 5"]


@pytest.mark.parametrize(
    "refusal",
    [
        pytest.param(error(429, "TooManyRequests"), id="429"),
        pytest.param(RefusedError("nobody listens"), id="refused"),
    ],
)
def test_a_server_that_is_busy_is_asked_again_for_a_stream(refusal: Exception) -> None:
    run = Run(watches=[refusal, refusal, [END, RefusedError("nobody listens")]])

    assert run.calls == ["watch-list", "watch-list", "watch-list"]
    assert run.waits == [0.8, 1.6, 3.2]


def test_another_refusal_makes_it_list_this_time_only() -> None:
    run = Run(
        lists=[page(5)],
        watches=[error(500, "InternalError"), [event("ERROR", status(410, "Expired"))], [END]],
    )

    assert run.calls == ["watch-list", "list 0", "watch 5", "watch-list 5"]


def test_stock_is_no_older_than_what_was_seen_unless_the_server_forgot_that_too() -> None:
    gone = [event("ERROR", status(410, "Expired"))]

    clock = FakeClock()

    run = Run(
        clock=clock,
        watches=[[END, clock.advance(9), *gone], error(410, "Expired"), [END, clock.advance(9)]],
    )

    assert run.calls == ["watch-list", "watch-list 5", "watch-list"]
    assert run.waits == []


def test_without_streams_the_first_list_may_be_old_and_the_next_not_older_than_seen() -> None:
    gone = [event("ERROR", status(410, "Expired"))]

    run = Run(lists=[page(5), error(410, "Expired"), page(9)], watches=[gone, []], watch_list=False)

    assert run.calls == ["list 0", "watch 5", "list 5", "list", "watch 9"]


def test_a_server_that_always_forgets_is_not_asked_in_a_hot_loop() -> None:
    gone: list[Step] = [event("ERROR", status(410, "Expired"))]

    run = Run(lists=[page(5)] * 5, watches=[gone] * 4, watch_list=False)

    assert run.waits == [0.8, 1.6, 3.2, 6.4]


def test_a_frame_that_stays_unreadable_is_passed_by_taking_stock() -> None:
    bad: list[Step] = [DecodeError("no watch event")]

    run = Run(watches=[[*added("a"), END], bad, bad, [*added("b"), END]])

    assert run.calls == ["watch-list", "watch 5", "watch 5", "watch-list 5"]
    assert run.heard == ["all a at 5", "all b at 5"]


def test_an_object_without_readable_metadata_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    odd = {"metadata": {"name": 7}}

    run = Run(watches=[[*added("a"), event("ADDED", odd), END, event("MODIFIED", odd)]])

    assert run.heard == ["all a at 5"]
    assert len(caplog.messages) == 2


def test_a_version_that_cannot_be_followed_is_left_for_stock_that_is_no_older() -> None:
    failure = error(500, "InternalError")

    run = Run(watches=[[END], *[failure] * 4, [END]])

    assert run.calls == ["watch-list", *["watch 5"] * 4, "watch-list 5"]


def test_an_object_without_a_name_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    run = Run(watches=[[event("ADDED", {}), *added("a"), END, event("MODIFIED", {})]])

    assert run.heard == ["all a at 5"]
    assert len(caplog.messages) == 2


def test_each_failure_is_told() -> None:
    run = Run(watches=[RefusedError("nobody listens"), [END, ConnectionLostError("reset")]])

    assert [str(each) for each in run.errors] == ["nobody listens", "reset"]


def test_it_ends_with_its_client(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        run = Run(watches=[[END], StoppedError("the client is closed")])

    assert run.calls == ["watch-list", "watch 5"]
    assert caplog.messages == ["nothing is followed any more: the client is closed"]
