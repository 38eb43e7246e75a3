"""How an object ends: at once, after a time of grace, or when its finalizers are gone.

apiserver: ``registry/rest/delete.go`` and ``registry/generic/registry/store.go``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from kubewright._json import is_object
from kubewright.scalars import TimeCodec
from kubewright.testing._apiserver.causes import not_supported, wrong
from kubewright.testing._apiserver.failures import Cause, bad_request, invalid
from kubewright.testing._apiserver.kinds.typed import WrongTypeError, typed
from kubewright.testing._apiserver.parts import value_at
from kubewright.testing._apiserver.resources import Served
from kubewright.testing._apiserver.state import State
from kubewright.testing._apiserver.store import JSONObject, Key

__all__ = ["FOREGROUND", "ORPHAN", "DeleteOptions", "end", "finish"]

FOREGROUND: Final = "foregroundDeletion"
ORPHAN: Final = "orphan"

_POLICIES: Final = ("Foreground", "Background", "Orphan")
_PODS: Final = ("", "pods")
_ORPHANING: Final = frozenset({("", "replicationcontrollers"), ("batch", "jobs")})
_EVENTS: Final = ("", "events")
_OVER: Final = ("Succeeded", "Failed")
_time = TimeCodec()


@dataclass(frozen=True, slots=True)
class DeleteOptions:
    """How to delete.

    Attributes:
        policy: what becomes of dependents; empty: what the kind has for that.
        grace: in seconds; None: what the object says.
        dry_run: store nothing.
        preconditions: what has to be so, by the name of the metadata.
        keeps_no_orphans: whether that was said in the way of old, to which a server has an answer
            of its own.
    """

    policy: str = ""
    grace: int | None = None
    dry_run: bool = False
    preconditions: Mapping[str, Any] | None = None
    keeps_no_orphans: bool = False

    @classmethod
    def read(cls, wire: Mapping[str, Any]) -> DeleteOptions:
        """Read what a request says, from its body or its query.

        Raises:
            RefusedRequest: it makes no sense.
        """
        kind = wire.get("kind") or "DeleteOptions"
        if kind != "DeleteOptions":
            version = wire.get("apiVersion", "")
            raise bad_request(
                f'no kind "{kind}" is registered for version "{version}" in scheme '
                '"pkg/runtime/scheme.go:111"'
            )
        try:
            wire, _ = typed({**wire, "apiVersion": "v1", "kind": "DeleteOptions"})
        except WrongTypeError as error:
            raise bad_request(str(error)) from error
        causes = list(_option_causes(wire))
        if causes:
            raise invalid("meta.k8s.io", "DeleteOptions", "", causes)
        policy = str(wire.get("propagationPolicy") or "")
        if wire.get("orphanDependents") is not None:
            policy = "Orphan" if wire["orphanDependents"] else "Background"
        grace = wire.get("gracePeriodSeconds")
        conditions = wire.get("preconditions")
        return cls(
            policy=policy,
            grace=None if grace is None else max(int(grace), 1) if int(grace) < 0 else int(grace),
            dry_run=wire.get("dryRun") == ["All"],
            preconditions=conditions if is_object(conditions) else None,
            keeps_no_orphans=wire.get("orphanDependents") is False,
        )


def _option_causes(wire: Mapping[str, Any]) -> list[Cause]:
    policy, causes = wire.get("propagationPolicy"), list[Cause]()
    if policy and wire.get("orphanDependents") is not None:
        why = "orphanDependents and deletionPropagation cannot be both set"
        causes.append(wrong("propagationPolicy", policy, why))
    if policy and policy not in _POLICIES:
        causes.append(not_supported("propagationPolicy", policy, [*_POLICIES, "nil"]))
    dry_run = wire.get("dryRun")
    if dry_run and dry_run != ["All"]:
        causes.append(not_supported("dryRun", dry_run, ["All"]))
    return causes


def end(
    state: State, resource: Served, key: Key, obj: JSONObject, options: DeleteOptions
) -> tuple[JSONObject, bool]:
    """End an object, or begin to.

    Args:
        state: of the server.
        resource: of the object.
        key: where it is.
        obj: as it is stored.
        options: how.

    Returns:
        Its last state, and whether it is gone.
    """
    grace = _grace(resource, obj, options)
    if grace is not None and "deletionTimestamp" in obj["metadata"]:
        again = _shortened(state, obj, grace, asked=options.grace)
        if again is None:
            return obj, False
        marked = again
    else:
        marked = _marked(state, resource, obj, options, grace)
    metadata = marked["metadata"]
    is_gone = not metadata.get("finalizers") and not metadata.get("deletionGracePeriodSeconds")
    if options.dry_run:
        return marked, is_gone
    if marked != obj and not (is_gone and grace is None):
        marked = state.put(resource, key, marked)
    if is_gone:
        last = marked if grace is not None else obj
        return state.remove(resource, key, last), True
    return marked, False


def finish(state: State, resource: Served, key: Key, obj: JSONObject) -> None:
    """Store an object that lost a finalizer; remove it when that was the last thing it waited for."""
    metadata = obj["metadata"]
    is_ending = metadata.get("deletionGracePeriodSeconds") == 0
    if is_ending and not metadata.get("finalizers"):
        state.remove(resource, key, obj)
    else:
        state.put(resource, key, obj)


def _grace(resource: Served, obj: JSONObject, options: DeleteOptions) -> int | None:
    """Return how long an object has to end itself; None of a kind that has no such time."""
    if resource.store != _PODS:
        return None
    own = value_at(obj, "spec", "terminationGracePeriodSeconds")
    grace = options.grace if options.grace is not None else int(own or 0)
    is_nowhere = not value_at(obj, "spec", "nodeName")
    return 0 if is_nowhere or value_at(obj, "status", "phase") in _OVER else max(grace, 0)


def _marked(
    state: State, resource: Served, obj: JSONObject, options: DeleteOptions, grace: int | None
) -> JSONObject:
    metadata = dict(obj["metadata"])
    finalizers = _finalizers(resource, metadata.get("finalizers") or [], options)
    metadata.pop("finalizers", None)
    if finalizers:
        metadata["finalizers"] = finalizers
    if "deletionTimestamp" not in metadata:
        metadata["deletionTimestamp"] = _in(state, grace or 0)
        metadata["deletionGracePeriodSeconds"] = grace or 0
        if "generation" in metadata:
            metadata["generation"] += 1
    return {**obj, "metadata": metadata}


def _finalizers(resource: Served, present: list[str], options: DeleteOptions) -> list[str]:
    others = [name for name in present if name not in (ORPHAN, FOREGROUND)]
    if resource.store == _EVENTS:
        return others
    if options.policy:
        wanted = {"Orphan": [ORPHAN], "Foreground": [FOREGROUND]}.get(options.policy, [])
        return others + wanted
    kept = [name for name in present if name in (ORPHAN, FOREGROUND)]
    if not kept and resource.store in _ORPHANING:
        kept = [ORPHAN]
    return others + kept


def _shortened(
    state: State, obj: JSONObject, grace: int, *, asked: int | None
) -> JSONObject | None:
    """Return a pod that is ending with less time to do so; None where that changes nothing."""
    metadata = obj["metadata"]
    left = metadata.get("deletionGracePeriodSeconds") or 0
    if left == 0:
        return obj
    if asked is None or grace >= left:
        return None
    begun = _time.parse(metadata["deletionTimestamp"]) - timedelta(seconds=left)
    until, now = begun + timedelta(seconds=grace), state.clock.now()
    if until < now:
        until, grace = now, min(grace, 1)
    ending = {"deletionTimestamp": _encoded(until), "deletionGracePeriodSeconds": grace}
    return {**obj, "metadata": {**metadata, **ending}}


def _in(state: State, seconds: int) -> str:
    return _encoded(state.clock.now() + timedelta(seconds=seconds))


def _encoded(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
