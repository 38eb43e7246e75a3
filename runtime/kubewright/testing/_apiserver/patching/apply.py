"""Server-side apply: who owns which field, conflicts, and what nobody applies any more.

apimachinery: ``util/managedfields``, and ``merge`` of ``structured-merge-diff``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kubewright._json import is_object
from kubewright.testing._apiserver.failures import apply_conflict, bad_request, internal_error
from kubewright.testing._apiserver.patching.fields import (
    Path,
    anyones,
    difference,
    fields_of,
    merged,
    with_named,
    without,
)
from kubewright.testing._apiserver.patching.owners import (
    Manager,
    Owners,
    read_owners,
    written_owners,
)
from kubewright.testing._apiserver.patching.shapes import Shape, errors_in, printed_element

__all__ = ["apply", "check_applied", "track_update"]


def track_update(
    old: Mapping[str, Any], new: Mapping[str, Any], manager: Manager, shape: Shape
) -> list[dict[str, Any]]:
    """Return the managed fields after a create, update or patch: who changes a field owns it.

    Args:
        old: the object before; for a new one, one in which nothing is set.
        new: after; its own managed fields count where it has some.
        manager: who writes.
        shape: of the object.
    """
    sent: Any = new["metadata"].get("managedFields")
    is_new = not _metadata(old).get("uid")
    if sent == [{}] and not is_new:
        return []
    owners = read_owners(sent) or read_owners(_metadata(old).get("managedFields"))
    if not owners and not is_new:
        # nobody was told apart before, so it would be wrong to begin with this one
        return []
    changed, gone = difference(old, new, shape)
    remaining: Owners = {}
    for identity, (owner, paths) in owners.items():
        lost = gone if identity == manager.identity else gone | changed
        remaining[identity] = (owner, paths - lost)
    if changed:
        owned = remaining.get(manager.identity, (manager, frozenset[Path]()))[1]
        remaining[manager.identity] = (manager, owned | changed)
    return written_owners(remaining)


def apply(
    live: Mapping[str, Any] | None,
    config: dict[str, Any],
    manager: Manager,
    shape: Shape,
    *,
    force: bool,
) -> dict[str, Any]:
    """Return the object with the fields of a configuration in it, and without those it had before.

    Args:
        live: None where there is none.
        config: the fields to own.
        manager: who applies.
        shape: of the object.
        force: take fields from other managers.

    Raises:
        RefusedRequest: another manager owns a field and means another value.
    """
    if _metadata(config).get("managedFields") is not None:
        raise bad_request("metadata.managedFields must be nil")
    owners = read_owners(_metadata(live).get("managedFields"))
    wanted = fields_of(config, shape)
    last = owners.pop(manager.identity, (manager, frozenset[Path]()))
    result: dict[str, Any] = config if live is None else merged(dict(live), config, shape)
    owned = wanted.union(*(paths for _, paths in owners.values()))
    result = _pruned(result, last[1], owned, shape)
    changed, gone = difference(live or {}, result, shape)
    contested = [
        (str(owner), _printed(path))
        for _, (owner, paths) in sorted(owners.items())
        for path in sorted(changed & paths, key=_leaves_first)
    ]
    if contested and not force:
        raise apply_conflict(contested)
    stamped = manager
    if live is not None and _without_managers(result) == _without_managers(live):
        # what changes nothing has no time of its own
        stamped = replace(manager, time=last[0].time if last[1] else "")
    final = {identity: (o, paths - changed - gone) for identity, (o, paths) in owners.items()}
    final[manager.identity] = (stamped, anyones(wanted))
    metadata = {**result["metadata"], "managedFields": written_owners(final)}
    return {**result, "metadata": metadata}


def check_applied(config: Mapping[str, Any], shape: Shape) -> None:
    """Check that the schema has a place for all that is applied.

    Raises:
        RefusedRequest: it has not.
    """
    errors = list(errors_in(config, shape))
    if errors:
        group, _, version = f"/{config['apiVersion']}".rpartition("/")
        metadata = _metadata(config)
        name = f"{metadata.get('namespace', '')}/{metadata.get('name', '')}"
        about = f"{name}; {group.removeprefix('/')}/{version}, Kind={config['kind']}"
        listed = errors[0] if len(errors) == 1 else "errors:\n  " + "\n  ".join(errors)
        raise internal_error(f"failed to create typed patch object ({about}): {listed}")


def _leaves_first(path: Path) -> tuple[tuple[bool, str], ...]:
    last = len(path) - 1
    return tuple((depth < last, element) for depth, element in enumerate(path))


def _pruned(
    obj: dict[str, Any], last: frozenset[Path], owned: frozenset[Path], shape: Shape
) -> dict[str, Any]:
    """Return the object without what was applied last and is nobody's now."""
    if not last:
        return obj
    applied = with_named(last, shape)
    present = with_named(fields_of(obj, shape), shape)
    kept = with_named(fields_of(without(obj, applied, shape) or {}, shape), shape)
    unowned = present - kept - with_named(owned, shape)
    # what goes with its holder but was not applied comes back
    left = with_named(fields_of(without(obj, unowned, shape) or {}, shape), shape)
    pruned: dict[str, Any] = without(obj, (present - left) & applied, shape)
    return pruned


def _metadata(obj: Mapping[str, Any] | None) -> Mapping[str, Any]:
    found: Any = (obj or {}).get("metadata")
    return found if is_object(found) else {}


def _without_managers(obj: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {k: value for k, value in _metadata(obj).items() if k != "managedFields"}
    return {**obj, "metadata": metadata}


def _printed(path: Path) -> str:
    return "".join(map(printed_element, path))
