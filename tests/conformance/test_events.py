"""A real server takes both forms of events, and shows each in both."""

from __future__ import annotations

import pytest

from kubewright import ObjectMeta
from kubewright.events import EventRecorder, events_about
from kubewright.events.recorder import EventApi
from kubewright_k8s import Clientset
from kubewright_k8s.core_v1 import ConfigMap

pytestmark = pytest.mark.conformance


@pytest.mark.parametrize("api", ["auto", "core", "events"])
def test_events_are_shown(clientset: Clientset, namespace: str, api: EventApi) -> None:
    obj = clientset.core_v1.config_maps(namespace).create(
        ConfigMap(metadata=ObjectMeta(name=f"site-{api}"))
    )
    recorder = EventRecorder(clientset.rest, component="tester", api=api)
    for _ in range(4):
        recorder.event(obj, "Deployed", "it is there", type="Warning", action="Deploy")
    assert recorder.close(30)

    (old,) = [e for e in clientset.core_v1.events(namespace).list() if e.reason == "Deployed"]
    (new,) = [e for e in clientset.events_v1.events(namespace).list() if e.reason == "Deployed"]
    assert (old.message, new.note, old.type) == ("it is there", "it is there", "Warning")
    assert (old.involved_object.uid, new.regarding.uid) == (obj.metadata.uid, obj.metadata.uid)
    assert [event.reason for event in events_about(clientset.rest, obj)] == ["Deployed"]
    if api == "core":
        assert old.count == 4
    else:
        assert new.series is not None
        assert new.series.count == 4
