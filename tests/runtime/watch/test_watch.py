"""A watch heals itself: what it yields explains every difference between two states."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from kubewright._errors import DecodeError, KubeError
from kubewright.errors import (
    ConnectionLostError,
    ForbiddenError,
    NotFoundError,
    RefusedError,
    RequestTimeoutError,
    UnauthorizedError,
)
from kubewright.meta_v1 import ListMeta, ObjectList
from kubewright.resource import ResourceInfo
from kubewright.watch import Watch
from kubewright.watch.lister_watcher import Page
from tests.support.scripted import (
    WIDGET,
    WIDGETS,
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

INFO = ResourceInfo(WIDGETS, kind=WIDGET, namespaced=True)


class Run:
    """A watch over a script, to its end."""

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
        self.watch = Watch(
            self.source, Widget, info=INFO, clock=self.clock, rand=lambda: 0.0, **options
        )
        self.source.done = self.watch.stop

    def told(self) -> list[str]:
        return [
            f"{e.type} {e.object.metadata.name or '-'} {e.object.metadata.resource_version}"
            for e in self.watch
        ]


def test_without_a_start_everything_that_is_there_comes_first_as_added() -> None:
    run = Run(
        lists=[page(5, widget("a", 3), widget("b", 4))],
        watches=[[event("MODIFIED", widget("a", 6)), event("DELETED", widget("b", 7))]],
    )

    assert run.told() == ["ADDED a 3", "ADDED b 4", "MODIFIED a 6", "DELETED b 7"]
    assert run.source.calls == ["list", "watch 5"]


def test_an_event_says_whether_the_server_told_it() -> None:
    run = Run(lists=[page(5, widget("a", 3))], watches=[[event("MODIFIED", widget("a", 6))]])

    assert [e.is_synthetic for e in run.watch] == [True, False]


def test_from_a_version_there_is_no_list() -> None:
    run = Run(watches=[[event("ADDED", widget("a", 9))]], resource_version="8")

    assert run.told() == ["ADDED a 9"]
    assert run.source.calls == ["watch 8"]


def test_version_0_lists_what_the_server_has_at_hand() -> None:
    run = Run(lists=[page(5)], watches=[[]], resource_version="0")

    assert run.told() == []
    assert run.source.calls == ["list 0", "watch 5"]


@pytest.mark.parametrize(
    "end",
    [
        pytest.param([], id="ended by the server"),
        pytest.param([ConnectionLostError("reset")], id="connection lost"),
        pytest.param([RequestTimeoutError("silence")], id="silence"),
        pytest.param([DecodeError("half a frame")], id="undecodable frame"),
        pytest.param([event("ERROR", status(500, "InternalError"))], id="internal error"),
        pytest.param([event("ERROR", status(429, "TooManyRequests"))], id="too many requests"),
        pytest.param([event("NEW", widget("b", 7))], id="unknown type of event"),
    ],
)
def test_it_resumes_at_the_last_version_seen(end: list[Step]) -> None:
    run = Run(
        lists=[page(5)],
        watches=[[event("ADDED", widget("a", 6)), *end], [event("MODIFIED", widget("a", 8))]],
    )

    assert run.told() == ["ADDED a 6", "MODIFIED a 8"]
    assert run.source.calls == ["list", "watch 5", "watch 6"]


def test_bookmarks_move_the_version_and_are_kept_back() -> None:
    run = Run(lists=[page(5)], watches=[[bookmark(40)], []])

    assert run.told() == []
    assert run.source.calls == ["list", "watch 5", "watch 40"]


def test_bookmarks_are_handed_on_to_those_who_ask() -> None:
    run = Run(watches=[[bookmark(40)]], resource_version="5", bookmarks=True)

    assert run.told() == ["BOOKMARK - 40"]


GONE: list[Any] = [
    # what was seen must not come undone: the list is to be no older
    pytest.param([event("ERROR", status(410, "Expired"))], "list 5", id="410 as an event"),
    pytest.param(error(410, "Expired"), "list 5", id="410 as the answer"),
    pytest.param(error(410, "Gone"), "list 5", id="410 with the reason Gone"),
    pytest.param(
        error(504, "Timeout", message="Too large resource version: 9, current: 2"),
        "list",
        id="version that the server has not reached",
    ),
]


@pytest.mark.parametrize(("gone", "list_again"), GONE)
def test_after_a_gap_it_tells_the_difference(
    gone: Sequence[Step] | Exception, list_again: str
) -> None:
    before = page(5, widget("a", 1), widget("b", 2), widget("c", 3), widget("same", 4))
    after = page(
        20, widget("a", 11), widget("c", 12, uid="another"), widget("d", 13), widget("same", 4)
    )

    run = Run(lists=[before, after], watches=[gone, [event("MODIFIED", widget("d", 21))]])

    assert run.told()[4:] == [
        "DELETED b 2",
        "DELETED c 3",
        "MODIFIED a 11",
        "ADDED c 12",
        "ADDED d 13",
        "MODIFIED d 21",
    ]
    assert run.source.calls == ["list", "watch 5", list_again, "watch 20"]


def test_a_deletion_found_by_a_list_has_the_name_and_the_kind() -> None:
    run = Run(lists=[page(5, widget("a", 1)), page(9)], watches=[error(410, "Expired")])

    assert list(run.watch)[-1].object.to_wire() == {
        "apiVersion": "example.com/v1",
        "kind": "Widget",
        "metadata": {
            "name": "a",
            "namespace": "shop",
            "uid": "uid-of-a",
            "resourceVersion": "1",
        },
    }


def test_since_a_list_it_tells_deletions_too() -> None:
    items, _ = page(5, widget("a", 1), widget("b", 2))
    since = ObjectList(Widget, items, ListMeta(resource_version="5"))

    run = Run(lists=[page(9, widget("b", 2))], watches=[error(410, "Expired")], since=since)

    assert run.told() == ["DELETED a 1"]
    assert run.source.calls == ["watch 5", "list 5"]


def test_what_was_told_is_not_told_again() -> None:
    same = event("ADDED", widget("a", 6))

    assert Run(lists=[page(5)], watches=[[same, same]]).told() == ["ADDED a 6"]


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        (error(401, "Unauthorized"), UnauthorizedError),
        (error(403, "Forbidden"), ForbiddenError),
        (error(404, "NotFound"), NotFoundError),
    ],
    ids=["401", "403", "404"],
)
@pytest.mark.parametrize("where", ["list", "watch", "event"])
def test_what_another_attempt_would_not_change_is_raised(
    refusal: KubeError, expected: type[KubeError], where: str
) -> None:
    frame = event("ERROR", getattr(refusal, "status").to_wire())  # noqa: B009
    lists = [refusal] if where == "list" else [page(5)]
    run = Run(lists=lists, watches=[refusal if where == "watch" else [frame]])

    with pytest.raises(expected):
        run.told()


def test_a_server_that_was_never_reached_is_an_error() -> None:
    run = Run(lists=[RefusedError("nobody listens")])

    with pytest.raises(RefusedError):
        run.told()


def test_a_server_that_is_away_for_a_while_is_waited_for() -> None:
    away = RefusedError("nobody listens")
    run = Run(
        lists=[page(5)],
        watches=[[bookmark(6)], away, away, away, [event("ADDED", widget("a", 7))]],
    )

    assert run.told() == ["ADDED a 7"]
    assert run.clock.waits == [1.0, 0.8 * 2, 0.8 * 4, 0.8 * 8, 1.0, 0.8 * 2]


def test_it_waits_as_long_as_the_server_asks() -> None:
    busy = error(429, "TooManyRequests", details={"retryAfterSeconds": 17})
    run = Run(lists=[page(5)], watches=[busy])

    run.told()

    assert run.clock.waits[0] == 17.0


def test_a_server_that_ends_every_watch_at_once_is_asked_ever_less_often() -> None:
    run = Run(lists=[page(5)], watches=[[], [], [], [], [], [], []])

    run.told()

    assert run.clock.waits[:7] == [1.0, 1.6, 3.2, 6.4, 12.8, 25.6, 30.0]


def test_a_server_that_forgets_every_version_is_asked_ever_less_often() -> None:
    expired = error(410, "Expired")
    run = Run(lists=[page(n) for n in range(5)], watches=[expired] * 4)

    run.told()

    assert run.clock.waits[:3] == [0.8, 1.6, 3.2]


def test_a_list_that_fails_while_healing_is_tried_again() -> None:
    run = Run(
        lists=[page(5), error(503, "ServiceUnavailable"), page(9, widget("a", 8))],
        watches=[error(410, "Expired"), []],
    )

    assert run.told() == ["ADDED a 8"]
    assert run.source.calls == ["list", "watch 5", "list 5", "list 5", "watch 9"]


def test_stopping_ends_it_between_two_events() -> None:
    run = Run(lists=[page(5, widget("a", 1), widget("b", 2))])
    told: list[str] = []
    with run.watch as events:
        for change in events:
            told.append(change.object.metadata.name)
            run.watch.stop()

    assert told == ["a"]


def test_leaving_the_context_closes_the_connection() -> None:
    run = Run(lists=[page(5)], watches=[[event("ADDED", widget("a", 6))]])
    with run.watch as events:
        next(events)
        assert run.source.open == 1

    assert run.source.open == 0


def test_a_timeout_ends_it_without_an_error() -> None:
    clock = FakeClock()
    run = Run(
        clock=clock,
        lists=[page(5)],
        watches=[
            [event("ADDED", widget("a", 6)), clock.advance(11), event("ADDED", widget("b", 7))]
        ],
        timeout=10,
    )

    assert run.told() == ["ADDED a 6"]


def test_a_timeout_wakes_a_read_that_waits() -> None:
    clock = FakeClock()
    run = Run(
        clock=clock,
        watches=[[clock.advance(10), RequestTimeoutError("silence")]],
        resource_version="5",
        timeout=10,
    )

    assert run.told() == []
    assert run.source.read_timeouts == [10]


def test_a_failure_is_logged_once_with_its_reason(caplog: pytest.LogCaptureFixture) -> None:
    run = Run(lists=[page(5)], watches=[ConnectionLostError("reset by peer")])
    with caplog.at_level(logging.WARNING, "kubewright"):
        run.told()

    assert caplog.messages == ["the watch broke off and resumes in 0.8 s: reset by peer"]
