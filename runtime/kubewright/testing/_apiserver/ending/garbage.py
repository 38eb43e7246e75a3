"""Garbage collection: what has lost its owners goes, and owners wait for it where they have to.

kube-controller-manager: ``pkg/controller/garbagecollector`` with its graph of who owns what; here
what is due is done at once, until nothing is left to do.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from kubewright.testing._apiserver.ending.endings import (
    FOREGROUND,
    ORPHAN,
    DeleteOptions,
    end,
    finish,
)
from kubewright.testing._apiserver.parts import group_version_of, items_at, part_at
from kubewright.testing._apiserver.resources import Served
from kubewright.testing._apiserver.state import State
from kubewright.testing._apiserver.store import Change, JSONObject, Key, Kind

__all__ = ["GarbageCollector", "Item"]

_Place = tuple[Kind, Key]


@dataclass(frozen=True, slots=True)
class Item:
    """An object, and where it is."""

    resource: Served
    key: Key
    obj: JSONObject

    @property
    def place(self) -> _Place:
        return self.resource.store, self.key

    @property
    def metadata(self) -> dict[str, Any]:
        return part_at(self.obj, "metadata")

    @property
    def uid(self) -> Any:
        return self.metadata.get("uid")

    @property
    def owners(self) -> list[dict[str, Any]]:
        return items_at(self.obj, "metadata", "ownerReferences")

    @property
    def is_ending(self) -> bool:
        return "deletionTimestamp" in self.metadata

    def waits_with(self, finalizer: str) -> bool:
        return self.is_ending and finalizer in (self.metadata.get("finalizers") or [])


class GarbageCollector:
    """Follows the changes of a state, and does what the collector of a cluster would do by and by.

    A change makes due the object itself, its owners, and, if it ends, its dependents: so the work
    grows with what changes, not with what is there. It is used with the lock of the state held.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._items: dict[_Place, Item] = {}
        self._places: defaultdict[Any, dict[_Place, None]] = defaultdict(dict)
        """By uid, which objects that were put there may share."""
        self._dependents: defaultdict[Any, dict[_Place, None]] = defaultdict(dict)
        """By the uid of the owner; a dict, for it keeps the order."""
        self._in_no_circle: set[Any] = set()
        """Uids of which that is known: searches for owners end at them, so that chains are cheap."""
        self._due: OrderedDict[_Place, None] = OrderedDict()
        for kind in state.store.kinds():
            for key, obj in state.store.objects(kind):
                self._enter(Item(state.resources[kind], key, obj))
        state.observers.append(self._follow)

    def collect(self) -> None:
        """Do all that is due."""
        while self._due:
            place, _ = self._due.popitem(last=False)
            item = self._items.get(place)
            if item is not None:
                self.look_at(item)

    def _follow(self, resource: Served, change: Change) -> None:
        new = Item(resource, change.key, change.obj)
        old = self._items.get(new.place)
        if old is not None:
            self._leave(old)
        if change.type != "DELETED":
            self._enter(new)
            known = {owner.get("uid") for owner in old.owners} if old else set[Any]()
            if any(owner.get("uid") not in known for owner in new.owners):
                self._in_no_circle.clear()
        if change.type == "DELETED" or new.is_ending:
            # before itself: it may be gone then, and they would find no owner that waits for them
            self._due.update(self._dependents.get(new.uid, {}))
        self._due[new.place] = None
        for owner in [*(old.owners if old else ()), *new.owners]:
            self._due.update(self._places.get(owner.get("uid"), {}))

    def _enter(self, item: Item) -> None:
        self._items[item.place] = item
        self._places[item.uid][item.place] = None
        for owner in item.owners:
            self._dependents[owner.get("uid")][item.place] = None

    def _leave(self, item: Item) -> None:
        del self._items[item.place]
        self._places[item.uid].pop(item.place, None)
        if not self._places[item.uid]:
            del self._places[item.uid]
        for owner in item.owners:
            self._dependents[owner.get("uid")].pop(item.place, None)

    def look_at(self, item: Item) -> None:
        """Do what is due about one object."""
        if item.waits_with(ORPHAN):
            self._orphan_dependents(item)
        elif item.waits_with(FOREGROUND):
            if not self._is_blocked(item):
                self._drop_finalizer(item, FOREGROUND)
        elif item.owners and not item.is_ending:
            self._look_at_owners(item)

    def _look_at_owners(self, item: Item) -> None:
        found = [(owner, self._owner(item, owner)) for owner in item.owners]
        waiting = [owner for owner, real in found if real and real.waits_with(FOREGROUND)]
        solid = [owner for owner, real in found if real and owner not in waiting]
        if not solid:
            options = self._options(item, is_waited_for=bool(waiting))
            end(self._state, item.resource, item.key, item.obj, options)
        elif len(solid) < len(found):
            # an owner that stays keeps it, so it only forgets the others
            self._put_owners(item, solid)

    def _options(self, item: Item, *, is_waited_for: bool) -> DeleteOptions:
        if is_waited_for and self._dependents.get(item.uid):
            return DeleteOptions(policy="Foreground")
        finalizers: list[Any] = item.metadata.get("finalizers") or []
        asks_itself = ORPHAN in finalizers or FOREGROUND in finalizers
        return DeleteOptions() if asks_itself else DeleteOptions(policy="Background")

    def _owner(self, item: Item, reference: dict[str, Any]) -> Item | None:
        """Return the owner that a reference means; one in another namespace is none."""
        version = group_version_of(reference)
        if version is None or not version.version:
            return None
        told = (version.group, reference.get("kind"), reference.get("name"))
        for found in self._items_of(reference.get("uid")):
            is_it = told == (found.resource.group, found.resource.kind, found.key[1])
            if is_it and found.key[0] in ("", item.key[0]):
                return found
        return None

    def _items_of(self, uid: Any) -> list[Item]:
        return [self._items[place] for place in self._places.get(uid, {})]

    def _dependents_of(self, owner: Item) -> Iterable[Item]:
        """Return who names it as an owner, as they are now."""
        return [self._items[place] for place in self._dependents.get(owner.uid, {})]

    def _orphan_dependents(self, owner: Item) -> None:
        for each in self._dependents_of(owner):
            self._put_owners(
                each, [other for other in each.owners if other.get("uid") != owner.uid]
            )
        self._drop_finalizer(owner, ORPHAN)

    def _is_blocked(self, owner: Item) -> bool:
        """Whether there are dependents to wait for; those that own it would wait for ever."""
        blocking = [each for each in self._dependents_of(owner) if _blocks(each, owner.uid)]
        if not blocking or owner.uid in self._in_no_circle:
            return bool(blocking)
        above = self._owners_above(owner)
        return any(each.uid not in above for each in blocking)

    def _owners_above(self, item: Item) -> set[Any]:
        """Return the uids of the owners of an object, and of theirs, as far as there may be circles."""
        found: set[Any] = {item.uid}
        left = [item]
        while left:
            uids = {owner.get("uid") for owner in left.pop().owners} - found - self._in_no_circle
            found |= uids
            left.extend(owner for uid in uids for owner in self._items_of(uid))
        found.remove(item.uid)
        if all(each.uid not in found for each in self._dependents_of(item)):
            self._in_no_circle.add(item.uid)
        return found

    def _put_owners(self, item: Item, owners: list[dict[str, Any]]) -> None:
        metadata = {key: value for key, value in item.metadata.items() if key != "ownerReferences"}
        if owners:
            metadata["ownerReferences"] = owners
        self._state.put(item.resource, item.key, {**item.obj, "metadata": metadata})

    def _drop_finalizer(self, item: Item, finalizer: str) -> None:
        item = self._items[item.place]  # it may be a dependent of its own
        left = [name for name in item.metadata["finalizers"] if name != finalizer]
        metadata = {key: value for key, value in item.metadata.items() if key != "finalizers"}
        if left:
            metadata["finalizers"] = left
        finish(self._state, item.resource, item.key, {**item.obj, "metadata": metadata})


def _blocks(dependent: Item, uid: Any) -> bool:
    """Whether an object keeps its owner of a uid from going before it."""
    return any(
        reference.get("blockOwnerDeletion") and reference.get("uid") == uid
        for reference in dependent.owners
    )
