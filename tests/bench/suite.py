"""A suite as users write it: an operator on a cluster in memory; each test creates, waits, asserts.

`python -m tests.bench tests` runs it; its name hides it from pytest otherwise.
"""

from __future__ import annotations

import os
import threading

import pytest

from acme.kube.fake import FakeClientset as FakeAcme
from acme.kube.web_example_com_v1 import Website, WebsiteSpec
from kubewright import ObjectMeta, StopToken
from kubewright.events import EventRecorder
from kubewright.testing import WatchFrame, controllers
from kubewright_k8s.fake import FakeClientset
from website_operator import WebsiteOperator

COUNT = int(os.environ.get("KUBEWRIGHT_BENCH_TESTS", "1"))
WAIT = 30.0


@pytest.mark.parametrize("number", range(COUNT))
def test_a_website_gets_its_servers(number: int) -> None:
    acme = FakeAcme()
    cs = FakeClientset(cluster=acme.cluster)
    stop, ready = StopToken(), threading.Event()

    def look(frame: WatchFrame) -> None:
        if frame.object.get("status", {}).get("phase") == "Ready":
            ready.set()

    acme.cluster.on_change("websites", look)
    spec = WebsiteSpec(domain="a.example.com", image=f"shop:{number}", replicas=3)
    with (
        EventRecorder(acme.rest, component="test") as recorder,
        controllers.deployments(acme.cluster),
    ):
        operator = WebsiteOperator(acme.rest, recorder)
        thread = threading.Thread(target=operator.run, args=[stop])
        thread.start()
        acme.web_example_com_v1.websites("default").create(
            Website(metadata=ObjectMeta(name="shop"), spec=spec)
        )
        is_ready = ready.wait(WAIT)
        stop.stop()
        thread.join(WAIT)

    assert is_ready
    site = acme.web_example_com_v1.websites("default").get("shop")
    assert (site.status.phase, site.status.ready_replicas) == ("Ready", 3)
    images = [pod.spec.containers[0].image for pod in cs.core_v1.pods("default").list()]
    assert images == [f"shop:{number}"] * 3
