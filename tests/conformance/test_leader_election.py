"""On a real server one leads at a time, and the next one takes over."""

from __future__ import annotations

import threading

import pytest

from kubewright._clock import StopToken
from kubewright.leader_election import LeaderElector, Leadership, LeaseLock
from kubewright_k8s import Clientset
from tests.support.patience import wait_until

pytestmark = pytest.mark.conformance
WAIT = 30.0


class Candidate:
    def __init__(self, cs: Clientset, namespace: str, name: str, *, release: bool = True) -> None:
        self.stop = StopToken()
        self.leads = threading.Event()
        self.spans: list[float] = []
        self._elector = LeaderElector(
            LeaseLock(cs.rest, namespace=namespace, name="boss", identity=name),
            lease_duration=4.0,
            renew_deadline=3.0,
            retry_period=0.3,
            release=release,
        )
        self._thread = threading.Thread(
            target=self._elector.run, args=[self._work], kwargs={"stop": self.stop}
        )

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self.stop.stop()
        self._thread.join(WAIT)
        assert not self._thread.is_alive()

    def _work(self, leadership: Leadership) -> None:
        self.leads.set()
        leadership.lost.wait(WAIT)
        self.leads.clear()


@pytest.mark.parametrize("release", [True, False], ids=["released", "left to expire"])
def test_one_leads_and_the_next_one_takes_over(
    clientset: Clientset, namespace: str, release: bool
) -> None:
    first = Candidate(clientset, namespace, "first", release=release)
    second = Candidate(clientset, namespace, "second")
    first.start()
    assert first.leads.wait(WAIT)
    second.start()
    assert not second.leads.wait(4.5)  # longer than the lease: the first one renews it
    assert first.leads.is_set()

    first.end()
    assert second.leads.wait(WAIT)

    lease = clientset.coordination_v1.leases(namespace).get("boss")
    assert (lease.spec.holder_identity, lease.spec.lease_transitions) == ("second", 1)
    second.end()
    assert clientset.coordination_v1.leases(namespace).get("boss").spec.holder_identity == ""


def test_never_do_two_lead(clientset: Clientset, namespace: str) -> None:
    candidates = [Candidate(clientset, namespace, name) for name in ("a", "b", "c")]
    for candidate in candidates:
        candidate.start()
    counts: list[int] = []
    while candidates:
        wait_until(lambda: any(each.leads.is_set() for each in candidates), limit=WAIT)
        leaders = [each for each in candidates if each.leads.is_set()]
        counts.append(len(leaders))
        candidates.remove(leaders[0])
        leaders[0].end()

    assert counts == [1, 1, 1]
