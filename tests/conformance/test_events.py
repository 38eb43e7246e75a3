"""A real server takes both forms of events, and shows each in both."""

from __future__ import annotations

import pytest

from kubewright import ObjectMeta
from kubewright.events import EventRecorder, ObjectReference, events_about
from kubewright.events.recorder import EventApi
from kubewright_k8s import Clientset
from kubewright_k8s.core_v1 import ConfigMap
from tests.support.scripted import FakeClock

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


@pytest.mark.parametrize("api", ["core", "events"])
def test_the_server_takes_the_name_of_every_event(
    clientset: Clientset, namespace: str, api: EventApi
) -> None:
    recorder = EventRecorder(clientset.rest, component=f"tester-{api}", api=api, clock=FakeClock())
    for name in ("system:node", "same-instant", "same-instant"):
        ref = ObjectReference(api_version="v1", kind="ConfigMap", namespace=namespace, name=name)
        for reason in ("Bound", "Used"):
            recorder.event(ref, reason, "it is", annotations={"example.com/run": "7"})
    assert recorder.close(30)

    told = [
        (event.involved_object.name, event.reason, event.metadata.annotations["example.com/run"])
        for event in clientset.core_v1.events(namespace).list()
    ]
    assert sorted(told) == [
        ("same-instant", "Bound", "7"),
        ("same-instant", "Used", "7"),
        ("system:node", "Bound", "7"),
        ("system:node", "Used", "7"),
    ]
