"""Garbage collection: what has lost its owners goes, and owners wait for it where they have to.

kube-controller-manager: ``pkg/controller/garbagecollector``; here it is done at once, and until
nothing is left to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from kubewright.schema import GroupVersion
from kubewright.testing._apiserver.endings import (
    FOREGROUND,
    ORPHAN,
    DeleteOptions,
    end,
    finish,
)
from kubewright.testing._apiserver.parts import items_at, part_at
from kubewright.testing._apiserver.resources import Served
from kubewright.testing._apiserver.state import State
from kubewright.testing._apiserver.store import JSONObject, Key

__all__ = ["collect_garbage"]

_BACKGROUND: Final = DeleteOptions(policy="Background")


@dataclass(frozen=True, slots=True)
class _Found:
    resource: Served
    key: Key
    obj: JSONObject

    @property
    def metadata(self) -> dict[str, Any]:
        return part_at(self.obj, "metadata")

    @property
    def owners(self) -> list[dict[str, Any]]:
        return items_at(self.obj, "metadata", "ownerReferences")

    def waits_with(self, finalizer: str) -> bool:
        finalizers: list[Any] = self.metadata.get("finalizers") or []
        return "deletionTimestamp" in self.metadata and finalizer in finalizers


def collect_garbage(state: State) -> None:
    """Do what the garbage collector of a cluster would do by and by."""
    while _pass(state):
        pass


def _pass(state: State) -> bool:
    """Look at every object; return whether anything was done."""
    found = list(_everything(state))
    by_uid = {each.metadata.get("uid"): each for each in found}
    return any(_is_done(state, each, by_uid, found) for each in found)


def _is_done(
    state: State, item: _Found, by_uid: dict[Any, _Found], everything: list[_Found]
) -> bool:
    if item.waits_with(ORPHAN):
        _orphan(state, item, everything)
        return True
    if item.waits_with(FOREGROUND):
        return _end_dependents(state, item, everything)
    if not item.owners or "deletionTimestamp" in item.metadata:
        return False
    owners = [(owner, _owner(item, owner, by_uid)) for owner in item.owners]
    solid = [
        owner for owner, real in owners if real is not None and not real.waits_with(FOREGROUND)
    ]
    if not solid:
        end(state, item.resource, item.key, item.obj, _options(item))
        return True
    if len(solid) < len(owners):
        # an owner that stays keeps it, so it only forgets the others
        _put_owners(state, item, solid)
        return True
    return False


def _options(item: _Found) -> DeleteOptions:
    finalizers: list[Any] = item.metadata.get("finalizers") or []
    return DeleteOptions() if {ORPHAN, FOREGROUND} & set(finalizers) else _BACKGROUND


def _owner(item: _Found, reference: dict[str, Any], by_uid: dict[Any, _Found]) -> _Found | None:
    """Return the owner that a reference means; one in another namespace is none."""
    found = by_uid.get(reference.get("uid"))
    if found is None:
        return None
    group = GroupVersion.parse(str(reference.get("apiVersion", ""))).group
    told = (group, reference.get("kind"), reference.get("name"))
    is_it = told == (found.resource.group, found.resource.kind, found.key[1])
    return found if is_it and found.key[0] in ("", item.key[0]) else None


def _dependents(owner: _Found, everything: list[_Found]) -> Iterator[tuple[_Found, dict[str, Any]]]:
    uid = owner.metadata.get("uid")
    for each in everything:
        for reference in each.owners:
            if reference.get("uid") == uid:
                yield each, reference


def _orphan(state: State, owner: _Found, everything: list[_Found]) -> None:
    for each, reference in _dependents(owner, everything):
        _put_owners(state, each, [other for other in each.owners if other != reference])
    _drop_finalizer(state, owner, ORPHAN)


def _end_dependents(state: State, owner: _Found, everything: list[_Found]) -> bool:
    dependents = list(_dependents(owner, everything))
    for each, _ in dependents:
        others = [o for o in each.owners if o.get("uid") != owner.metadata.get("uid")]
        if "deletionTimestamp" not in each.metadata and not others:
            end(state, each.resource, each.key, each.obj, DeleteOptions(policy="Foreground"))
            return True
    circle = _owners_above(owner, {each.metadata.get("uid"): each for each in everything})
    circle.discard(owner.metadata.get("uid"))
    if any(
        reference.get("blockOwnerDeletion") and each.metadata.get("uid") not in circle
        for each, reference in dependents
    ):
        return False
    _drop_finalizer(state, owner, FOREGROUND)
    return True


def _owners_above(item: _Found, by_uid: dict[Any, _Found]) -> set[Any]:
    """Return the uids of all owners, theirs too: who owns each other would wait for ever."""
    found: set[Any] = set()
    left = [item]
    while left:
        uids = {owner.get("uid") for owner in left.pop().owners} - found
        found |= uids
        left.extend(by_uid[uid] for uid in uids if uid in by_uid)
    return found


def _put_owners(state: State, item: _Found, owners: list[dict[str, Any]]) -> None:
    metadata = {key: value for key, value in item.metadata.items() if key != "ownerReferences"}
    if owners:
        metadata["ownerReferences"] = owners
    state.put(item.resource, item.key, {**item.obj, "metadata": metadata})


def _drop_finalizer(state: State, item: _Found, finalizer: str) -> None:
    left = [name for name in item.metadata["finalizers"] if name != finalizer]
    metadata = {key: value for key, value in item.metadata.items() if key != "finalizers"}
    if left:
        metadata["finalizers"] = left
    finish(state, item.resource, item.key, {**item.obj, "metadata": metadata})


def _everything(state: State) -> Iterator[_Found]:
    by_store = {resource.store: resource for resource in state.resources.values()}
    for kind in state.store.kinds():
        if kind in by_store:
            for key, obj in state.store.objects(kind):
                yield _Found(by_store[kind], key, obj)
