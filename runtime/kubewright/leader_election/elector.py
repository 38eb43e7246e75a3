"""Wins a lock, keeps it while it can, and says when it cannot.

client-go: ``leaderelection.LeaderElector``. Clocks of different machines are never compared: a
record is out of date when it has not changed for as long as it says, by this process's own clock.
"""

from __future__ import annotations

import logging
import math
import random
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from kubewright._backoff import jittered
from kubewright._clock import SYSTEM_CLOCK, Clock, StopToken
from kubewright._errors import KubeError
from kubewright._threads import SupervisedThread
from kubewright.errors import ConflictError, StoppedError
from kubewright.leader_election.record import LeaderElectionRecord, ResourceLock

__all__ = ["LeaderElector", "Leadership"]

logger = logging.getLogger("kubewright.leader_election")

_JITTER = 1.2
_LEAST_TIMEOUT = 1.0


@dataclass(frozen=True, slots=True)
class Leadership:
    """What a leader has while it leads.

    Attributes:
        lost: is stopped when it leads no more; the work is then to end at once.
    """

    lost: StopToken


class LeaderElector:
    """Competes for a lock; `run` or `leading` may be used once."""

    def __init__(
        self,
        lock: ResourceLock,
        *,
        lease_duration: float = 15.0,
        renew_deadline: float = 10.0,
        retry_period: float = 2.0,
        release: bool = True,
        on_new_leader: Callable[[str], object] | None = None,
        clock: Clock = SYSTEM_CLOCK,
        rand: Callable[[], float] = random.random,
    ) -> None:
        """Prepare; nothing is sent.

        Args:
            lock: what all competitors share.
            lease_duration: seconds for which the others wait after the last sign of a leader.
            renew_deadline: seconds after which a leader that cannot renew gives up. One request may
                take half of it, or a second if that is more, so that another may follow.
            retry_period: seconds between attempts.
            release: give the lock up at the end, so that the next one need not wait. It is done
                when the work has ended, never while it goes on.
            on_new_leader: told of the identity of each leader that is seen, in a thread.
            clock: measures and waits.
            rand: spreads attempts; gives numbers from 0 to 1.

        Raises:
            ValueError: the times do not go together, or there is no identity.
        """
        _check_times(lease_duration, renew_deadline, retry_period)
        if not lock.identity:
            raise ValueError("the lock has no identity")
        self._lock = lock
        self._lease_duration = lease_duration
        self._renew_deadline = renew_deadline
        self._retry_period = retry_period
        self._release = release
        self._on_new_leader = on_new_leader
        self._clock = clock
        self._rand = rand
        self._observed: LeaderElectionRecord | None = None
        self._observed_at = 0.0
        self._renewed_at: float | None = None

    @property
    def is_leader(self) -> bool:
        """Whether it holds the lock, by its own clock."""
        renewed = self._renewed_at
        return renewed is not None and self._clock.monotonic() < renewed + self._lease_duration

    @property
    def leader(self) -> str:
        """The identity of the last leader that was seen; empty if there is none."""
        return self._observed.holder if self._observed is not None else ""

    def is_healthy(self, tolerance: float = 20.0) -> bool:
        """Whether a leader is alive: it renewed not longer ago than the lease and so many seconds.

        client-go: ``HealthzAdaptor``.
        """
        renewed = self._renewed_at
        if renewed is None:
            return True
        return self._clock.monotonic() <= renewed + self._lease_duration + tolerance

    def run(
        self,
        work: Callable[[Leadership], object],
        *,
        stop: StopToken,
        on_stopped: Callable[[], object] | None = None,
    ) -> None:
        """Wait for the lock, let the work be done, and return when the lock is lost or it is stopped.

        Args:
            work: is called in a thread of its own, once; it ends when `Leadership.lost` is stopped.
                What it raises is logged.
            stop: ends the wait or the leadership.
            on_stopped: called at the end, if it led. client-go calls ``OnStoppedLeading`` even when
                it never did.
        """
        if not self._acquire(stop):
            return
        leadership = Leadership(StopToken())
        thread = SupervisedThread(
            f"leader {self._lock.identity}",
            lambda: _guarded(lambda: work(leadership)),
            stop=StopToken(),
        )
        thread.start()
        try:
            self._renew(stop)
        finally:
            leadership.lost.stop()
            has_ended = thread.join(self._renew_deadline)
            if self._release and has_ended:
                self._give_up()
            elif self._release:
                logger.warning("%s is not released: the work goes on", self._lock)
            self._renewed_at = None
            if on_stopped is not None:
                on_stopped()

    @contextmanager
    def leading(self, stop: StopToken | None = None) -> Generator[Leadership]:
        """Wait for the lock, and hold it while the block runs.

        .. code-block:: python

            with elector.leading() as leadership:
                controller.run(leadership.lost)

        Args:
            stop: ends the wait, and the leadership.

        Raises:
            StoppedError: it was stopped before it led.
        """
        ends = StopToken()
        forget = stop.on_stop(ends.stop) if stop is not None else None
        settled, done = threading.Event(), threading.Event()
        ends.on_stop(settled.set)  # a thread that is stopped before it begins says nothing
        won: list[Leadership] = []

        def work(leadership: Leadership) -> None:
            won.append(leadership)
            settled.set()
            done.wait()

        def elect() -> None:
            self.run(work, stop=ends)
            settled.set()

        thread = SupervisedThread(f"election {self._lock.identity}", elect, stop=ends)
        thread.start()
        try:
            settled.wait()
            if not won:
                raise StoppedError(f"stopped before {self._lock.identity} was the leader")
            yield won[0]
        finally:
            done.set()
            ends.stop()
            thread.join()
            if forget is not None:
                forget()

    def _acquire(self, stop: StopToken) -> bool:
        while not stop.is_stopped:
            if self._try_once(self._renew_deadline):
                logger.info("%s leads: it has %s", self._lock.identity, self._lock)
                return True
            wait = jittered(self._retry_period, _JITTER, rand=self._rand)
            self._clock.wait(wait, stop)
        return False

    def _renew(self, stop: StopToken) -> None:
        """Return when it is stopped, or cannot renew in time."""
        deadline = self._clock.monotonic() + self._renew_deadline
        while not self._clock.wait(self._retry_period, stop):
            left = deadline - self._clock.monotonic()
            if left > 0 and self._try_once(left):
                deadline = self._clock.monotonic() + self._renew_deadline
            elif self._clock.monotonic() + self._retry_period > deadline:
                # another attempt would come too late; an observed leader cannot be displaced
                logger.warning("%s leads no more: it has lost %s", self._lock.identity, self._lock)
                return
            elif self._observed is not None and self._observed.holder != self._lock.identity:
                logger.warning("%s has taken %s over", self._observed.holder, self._lock)
                return
            if self._is_to_make_way():
                logger.info("%s makes way for %s", self._lock.identity, self.leader)
                return

    def _is_to_make_way(self) -> bool:
        preferred = self._observed.preferred_holder if self._observed is not None else ""
        return preferred not in ("", self._lock.identity)

    def _try_once(self, timeout: float) -> bool:
        """Try to win or to renew; return whether the lock is held."""
        deadline = self._clock.monotonic() + timeout
        try:
            return self._renew_quickly(deadline) or self._acquire_or_renew(deadline)
        except KubeError as error:
            logger.info("%s cannot be had or renewed: %s", self._lock, error)
        except Exception:  # whatever a lock raises, who leads must know that it does not renew
            logger.exception("%s failed", self._lock)
        return False

    def _renew_quickly(self, deadline: float) -> bool:
        """Renew without reading first, which nearly always works for who leads."""
        observed = self._observed
        if observed is None or not self.is_leader or observed.holder != self._lock.identity:
            return False
        record = self._own(observed)
        try:
            self._lock.update(record, timeout=self._left(deadline))
        except KubeError as error:
            logger.debug("%s is read again: %s", self._lock, error)
            return False
        self._won(record)
        return True

    def _acquire_or_renew(self, deadline: float) -> bool:
        old = self._lock.get(timeout=self._left(deadline))
        if old is None:
            record = self._own(None)
            self._lock.create(record, timeout=self._left(deadline))
            self._won(record)
            return True
        now = self._clock.monotonic()
        if old != self._observed:
            self._observe(old, now)
        is_own = old.holder == self._lock.identity
        if old.holder and not is_own and now < self._observed_at + old.lease_seconds:
            self._renewed_at = None
            return False
        record = self._own(old)
        self._lock.update(record, timeout=self._left(deadline))
        self._won(record)
        return True

    def _left(self, deadline: float) -> float:
        """The seconds that one request may take."""
        left = max(deadline - self._clock.monotonic(), 0.001)
        return min(left, max(self._renew_deadline / 2, _LEAST_TIMEOUT))

    def _own(self, old: LeaderElectionRecord | None) -> LeaderElectionRecord:
        """The record with which this one leads after another."""
        now = self._clock.now()
        record = LeaderElectionRecord(
            holder=self._lock.identity,
            lease_seconds=math.ceil(self._lease_duration),
            acquired=now,
            renewed=now,
        )
        if old is None:
            return record
        if old.holder != self._lock.identity:
            # whom the one before was to make way for is no concern of this one
            return replace(record, transitions=old.transitions + 1)
        return replace(
            record,
            acquired=old.acquired,
            transitions=old.transitions,
            preferred_holder=old.preferred_holder,
        )

    def _won(self, record: LeaderElectionRecord) -> None:
        now = self._clock.monotonic()
        self._observe(record, now)
        self._renewed_at = now

    def _observe(self, record: LeaderElectionRecord, now: float) -> None:
        before = self.leader
        self._observed, self._observed_at = record, now
        tell = self._on_new_leader
        if tell is not None and record.holder and record.holder != before:
            # in a thread: who leads must go on renewing
            thread = SupervisedThread(
                "new leader", lambda: _guarded(lambda: tell(record.holder)), stop=StopToken()
            )
            thread.start()

    def _give_up(self) -> None:
        """Let the next one begin at once, if this one still leads."""
        deadline = self._clock.monotonic() + self._renew_deadline
        while self._clock.monotonic() < deadline:
            try:
                old = self._lock.get(timeout=self._left(deadline))
                if old is None or old.holder != self._lock.identity:
                    return
                now = self._clock.now()
                free = LeaderElectionRecord(
                    holder="",
                    lease_seconds=1,
                    acquired=now,
                    renewed=now,
                    transitions=old.transitions,
                )
                self._lock.update(free, timeout=self._left(deadline))
            except ConflictError:
                continue
            except KubeError as error:
                logger.warning("%s is not released: %s", self._lock, error)
                return
            self._observe(free, self._clock.monotonic())
            return


def _guarded(call: Callable[[], object]) -> None:
    try:
        call()
    except Exception:
        logger.exception("what the election calls failed")


def _check_times(lease_duration: float, renew_deadline: float, retry_period: float) -> None:
    if min(lease_duration, renew_deadline, retry_period) <= 0:
        raise ValueError("lease_duration, renew_deadline and retry_period must be more than 0")
    if lease_duration <= renew_deadline:
        raise ValueError("lease_duration must be more than renew_deadline")
    if renew_deadline <= retry_period * _JITTER:
        raise ValueError(f"renew_deadline must be more than retry_period times {_JITTER}")
