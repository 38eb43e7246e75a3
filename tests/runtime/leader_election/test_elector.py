"""Who holds the lock leads, nobody else does, and a leader that cannot renew knows it in time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kubewright._clock import StopToken
from kubewright.errors import ConflictError, KubeError, RequestTimeoutError, StoppedError
from kubewright.leader_election import LeaderElectionRecord, LeaderElector, Leadership
from tests.support.scripted import FakeClock, error

WAIT = 10.0
Record = LeaderElectionRecord


class MemoryLock:
    """A lock that several share; failures can be planned, call by call."""

    def __init__(self, shared: dict[str, Record], identity: str = "me") -> None:
        self.shared = shared
        self.identity = identity
        self.calls: list[str] = []
        self.timeouts: list[float] = []
        self.failures: list[Exception | None] = []
        self.on_call: Callable[[int], object] = lambda _: None
        self._seen: Record | None = None

    def get(self, *, timeout: float) -> Record | None:
        self._call("get", timeout)
        self._seen = self.shared.get("lock")
        return self._seen

    def create(self, record: Record, *, timeout: float) -> None:
        self._call("create", timeout)
        self.shared["lock"] = self._seen = record

    def update(self, record: Record, *, timeout: float) -> None:
        self._call("update", timeout)
        if self.shared.get("lock") != self._seen:
            raise conflict()
        self.shared["lock"] = self._seen = record

    def _call(self, name: str, timeout: float) -> None:
        assert timeout > 0
        self.calls.append(name)
        self.timeouts.append(timeout)
        self.on_call(len(self.calls))
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure


def conflict() -> ConflictError:
    found = error(409, "Conflict")
    assert isinstance(found, ConflictError)
    return found


def held(by: str = "other", **more: Any) -> Record:
    return replace(Record(holder=by, lease_seconds=15, transitions=3), **more)


class Election:
    """An election on a clock that never lets anybody wait, until it is stopped after some calls."""

    def __init__(self, record: Record | None = None, *, calls: int = 1, **options: Any) -> None:
        self.shared: dict[str, Record] = {} if record is None else {"lock": record}
        self.clock = FakeClock()
        self.lock = MemoryLock(self.shared)
        self.stop = StopToken()
        self.lock.on_call = lambda count: self.stop.stop() if count >= calls else None
        self.elector = LeaderElector(
            self.lock, clock=self.clock, rand=lambda: 0.0, release=False, **options
        )
        self.led: list[bool] = []
        self.ended: list[str] = []

    def run(self) -> Election:
        self.elector.run(self._work, stop=self.stop, on_stopped=lambda: self.ended.append("end"))
        return self

    def _work(self, leadership: Leadership) -> None:
        leadership.lost.wait(WAIT)
        self.led.append(leadership.lost.is_stopped)


def test_the_first_one_makes_the_record() -> None:
    election = Election(calls=2).run()

    record = election.shared["lock"]
    assert election.lock.calls == ["get", "create"]
    assert (record.holder, record.lease_seconds, record.transitions) == ("me", 15, 0)
    assert record.acquired == record.renewed is not None
    assert (election.led, election.ended) == ([True], ["end"])


def test_a_free_record_is_taken_over() -> None:
    election = Election(held(by=""), calls=2).run()

    assert (election.shared["lock"].holder, election.shared["lock"].transitions) == ("me", 4)


def test_a_leader_is_left_alone_while_its_record_changes() -> None:
    election = Election(held(), calls=30)
    old_stop = election.lock.on_call

    def renew(count: int) -> None:
        election.shared["lock"] = held(renewed=election.clock.now())
        old_stop(count)

    election.lock.on_call = renew
    election.run()

    assert set(election.lock.calls) == {"get"}
    assert (election.led, election.ended) == ([], [])


def test_a_record_that_does_not_change_is_taken_over_by_the_own_clock() -> None:
    # its times are of another clock, and say nothing
    far = FakeClock().now().replace(year=2090)
    election = Election(held(renewed=far), calls=10)
    started = election.clock.time
    times: list[float] = []
    stops = election.lock.on_call

    def note(count: int) -> None:
        times.append(election.clock.time - started)
        stops(count)

    election.lock.on_call = note
    election.run()

    # asked at once and every two seconds; 15 have passed since it was first seen
    assert election.lock.calls[-2:] == ["get", "update"]
    assert times[-2:] == [16.0, 16.0]
    record = election.shared["lock"]
    assert (record.holder, record.transitions) == ("me", 4)


def test_renewing_keeps_since_when_and_needs_no_reading() -> None:
    election = Election(calls=5).run()

    assert election.lock.calls == ["get", "create", "update", "update", "update"]
    record = election.shared["lock"]
    assert record.acquired is not None
    assert record.renewed is not None
    assert (record.renewed - record.acquired).total_seconds() == 6.0
    assert record.transitions == 0


def test_what_others_changed_is_read_before_it_is_renewed() -> None:
    election = Election(calls=6)
    election.lock.failures = [None, None, conflict()]

    election.run()

    assert election.lock.calls == ["get", "create", "update", "get", "update", "update"]
    assert election.shared["lock"].holder == "me"


@pytest.mark.parametrize("failure", [RequestTimeoutError("slow"), error(500, "InternalError")])
def test_a_leader_that_cannot_renew_gives_up_at_its_deadline(failure: KubeError) -> None:
    election = Election(calls=1000)
    election.lock.failures = [None, None, *[failure] * 1000]
    started = election.clock.time

    election.run()

    assert election.clock.time - started == 10.0
    assert (election.led, election.elector.is_leader) == ([True], False)


def test_a_leader_that_was_displaced_gives_up_at_once() -> None:
    election = Election(calls=1000)

    def displace(count: int) -> None:
        if count == 3:
            election.shared["lock"] = held()

    election.lock.on_call = displace
    started = election.clock.time
    election.run()

    assert election.clock.time - started == 2.0
    assert election.led == [True]


def test_a_leader_makes_way_for_a_preferred_one() -> None:
    election = Election(calls=1000)

    def prefer(count: int) -> None:
        if count == 3:
            election.shared["lock"] = replace(election.shared["lock"], preferred_holder="other")

    election.lock.on_call = prefer
    election.run()

    assert election.lock.calls == ["get", "create", "update", "get", "update"]


def test_whom_the_leader_before_was_to_make_way_for_is_forgotten() -> None:
    election = Election(held(by="", preferred_holder="other"), calls=5).run()

    assert election.lock.calls == ["get", "update", "update", "update", "update"]
    assert election.shared["lock"].preferred_holder == ""


@pytest.mark.parametrize(
    ("deadline", "timeout"), [(10.0, 5.0), (1.5, 1.0)], ids=["half", "a second at least"]
)
def test_a_request_leaves_time_for_another_one(deadline: float, timeout: float) -> None:
    election = Election(calls=3, renew_deadline=deadline, retry_period=0.25).run()

    assert election.lock.timeouts == [timeout] * 3


def test_a_request_gets_no_more_than_is_left() -> None:
    election = Election(calls=1000)
    election.lock.failures = [None, None, *[RequestTimeoutError("slow")] * 1000]
    election.run()

    # one fails at once, without waiting: 8, 6, 4, 2 seconds are left at the attempts
    assert election.lock.timeouts[2:] == [5.0, 5.0, 5.0, 5.0, 4.0, 4.0, 2.0, 2.0]


def test_a_lock_with_a_bug_is_no_reason_to_die(caplog: pytest.LogCaptureFixture) -> None:
    election = Election(calls=4)
    election.lock.failures = [ValueError("bug")]

    election.run()

    assert election.led == [True]
    assert "failed" in caplog.messages[0]


def test_work_that_raises_is_logged_and_the_lock_is_held_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    election = Election(calls=5)

    def fail(_: Leadership) -> None:
        raise ValueError("bug")

    with caplog.at_level(logging.ERROR):
        election.elector.run(fail, stop=election.stop)

    assert election.lock.calls[-1] == "update"
    assert caplog.messages == ["what the election calls failed"]


class TestRelease:
    def run(self, *, failures: list[Exception | None] | None = None) -> tuple[Election, list[str]]:
        election = Election(calls=3)
        election.lock.failures = [None, None, None, *(failures or [])]
        elector = LeaderElector(election.lock, clock=election.clock, rand=lambda: 0.0)
        elector.run(lambda leadership: leadership.lost.wait(WAIT), stop=election.stop)
        return election, election.lock.calls[3:]

    def test_the_record_is_freed_and_others_need_not_wait(self) -> None:
        election, calls = self.run()

        record = election.shared["lock"]
        assert calls == ["get", "update"]
        assert (record.holder, record.lease_seconds, record.transitions) == ("", 1, 0)

    def test_who_was_preferred_is_forgotten(self) -> None:
        election = Election(calls=1000)

        def prefer(count: int) -> None:
            if count == 3:
                election.shared["lock"] = replace(election.shared["lock"], preferred_holder="b")

        election.lock.on_call = prefer
        elector = LeaderElector(election.lock, clock=election.clock, rand=lambda: 0.0)
        elector.run(lambda leadership: leadership.lost.wait(WAIT), stop=election.stop)

        record = election.shared["lock"]
        assert (record.holder, record.preferred_holder) == ("", "")

    def test_a_conflict_is_tried_again(self) -> None:
        election, calls = self.run(failures=[None, conflict()])

        assert calls == ["get", "update", "get", "update"]
        assert election.shared["lock"].holder == ""

    def test_another_failure_is_not(self, caplog: pytest.LogCaptureFixture) -> None:
        _, calls = self.run(failures=[RequestTimeoutError("slow")])

        assert calls == ["get"]
        assert caplog.messages == [f"{caplog.messages[0].split(' is ')[0]} is not released: slow"]

    def test_it_waits_for_the_work(self) -> None:
        election = Election(calls=3)
        ended: list[str] = []

        def work(leadership: Leadership) -> None:
            leadership.lost.wait(WAIT)
            ended.append(election.shared["lock"].holder)

        elector = LeaderElector(election.lock, clock=election.clock, rand=lambda: 0.0)
        elector.run(work, stop=election.stop)

        assert (ended, election.shared["lock"].holder) == (["me"], "")


def test_new_leaders_are_told() -> None:
    told: list[str] = []
    heard = threading.Semaphore(0)

    def tell(leader: str) -> None:
        told.append(leader)
        heard.release()

    election = Election(held(), calls=10, on_new_leader=tell).run()

    assert heard.acquire(timeout=WAIT)
    assert heard.acquire(timeout=WAIT)
    assert sorted(told) == ["me", "other"]
    assert election.elector.leader == "me"


def test_health_is_the_age_of_the_last_renewal() -> None:
    election = Election(calls=2)
    healthy: list[bool] = [election.elector.is_healthy()]

    def work(leadership: Leadership) -> None:
        del leadership
        healthy.append(election.elector.is_healthy(20.0))
        election.clock.advance(36)()
        healthy.append(election.elector.is_healthy(20.0))

    election.elector.run(work, stop=election.stop)

    assert healthy == [True, True, False]


class TestLeading:
    def test_the_block_runs_while_it_leads_and_the_lock_is_free_afterwards(self) -> None:
        shared: dict[str, Record] = {}
        elector = LeaderElector(MemoryLock(shared))
        with elector.leading() as leadership:
            inside = (shared["lock"].holder, leadership.lost.is_stopped)

        assert (inside, shared["lock"].holder) == (("me", False), "")

    def test_it_learns_when_the_lock_is_lost(self) -> None:
        shared: dict[str, Record] = {}
        lock = MemoryLock(shared)
        elector = LeaderElector(
            lock, lease_duration=0.3, renew_deadline=0.2, retry_period=0.01, release=False
        )
        with elector.leading() as leadership:
            shared["lock"] = held()

            assert leadership.lost.wait(WAIT)

    @pytest.mark.parametrize("at_call", [0, 1, 2])
    def test_it_can_be_stopped_before_it_leads(self, at_call: int) -> None:
        stop = StopToken()
        lock = MemoryLock({"lock": held()})
        lock.on_call = lambda count: stop.stop() if count >= at_call else None
        elector = LeaderElector(lock, retry_period=0.01)
        if at_call == 0:
            stop.stop()

        with pytest.raises(StoppedError, match="before me was the leader"), elector.leading(stop):
            pass

        assert len(lock.calls) == at_call


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ((10.0, 10.0, 2.0), "lease_duration must be more than renew_deadline"),
        ((15.0, 2.4, 2.0), "renew_deadline must be more than retry_period times 1.2"),
        ((15.0, 10.0, 0.0), "must be more than 0"),
    ],
)
def test_times_that_do_not_go_together_are_refused(
    times: tuple[float, float, float], message: str
) -> None:
    lease, deadline, retry = times
    with pytest.raises(ValueError, match=message):
        LeaderElector(
            MemoryLock({}), lease_duration=lease, renew_deadline=deadline, retry_period=retry
        )


def test_an_identity_is_needed() -> None:
    with pytest.raises(ValueError, match="no identity"):
        LeaderElector(MemoryLock({}, identity=""))
