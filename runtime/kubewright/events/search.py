"""Which events are about an object. client-go: ``EventExpansion.Search``."""

from __future__ import annotations

from kubewright.events.models import CoreEvent, ObjectReference
from kubewright.events.reference import reference_to
from kubewright.events.sinks import CoreEvents
from kubewright.meta_v1 import KubernetesObject
from kubewright.rest.client import RESTClient
from kubewright.scalars import Time
from kubewright.typed import AllNamespaces

__all__ = ["events_about"]


class _AllCoreEvents(AllNamespaces[CoreEvent, CoreEvents]):
    info = CoreEvents.info
    model = CoreEvent
    client = CoreEvents


def events_about(
    rest: RESTClient, obj: KubernetesObject | ObjectReference, *, timeout: float | None = None
) -> list[CoreEvent]:
    """Return the events about an object, the oldest first, as ``kubectl describe`` shows them.

    Args:
        rest: the client.
        obj: the object, or a reference to it; what the reference leaves out is not asked for.
        timeout: seconds for each call.

    Raises:
        RequestError: the object does not say what it is, or has no name.
    """
    reference = reference_to(obj)
    wanted = {
        "involvedObject.name": reference.name,
        "involvedObject.namespace": reference.namespace,
        "involvedObject.kind": reference.kind,
        # a kubelet writes the name of its node where the uid should be
        "involvedObject.uid": None if reference.kind == "Node" else reference.uid,
    }
    selector = {field: value for field, value in wanted.items() if value}
    everywhere = _AllCoreEvents(rest)
    events = everywhere(reference.namespace) if reference.namespace else everywhere
    return sorted(events.list(field_selector=selector, timeout=timeout), key=_time)


def _time(event: CoreEvent) -> str:
    told: Time | None = event.last_timestamp or event.metadata.creation_timestamp
    return str(told or "")
