"""Events: what a program tells the users of an object, where ``kubectl describe`` shows it.

client-go: ``tools/record``, ``tools/events`` and ``tools/reference``.
"""

from kubewright.events.correlator import EventLimits
from kubewright.events.models import CoreEvent, ObjectReference, SeriesEvent
from kubewright.events.recorder import EventRecorder
from kubewright.events.reference import reference_to
from kubewright.events.search import events_about

__all__ = [
    "CoreEvent",
    "EventLimits",
    "EventRecorder",
    "ObjectReference",
    "SeriesEvent",
    "events_about",
    "reference_to",
]
