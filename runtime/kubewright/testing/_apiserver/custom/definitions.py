"""CustomResourceDefinitions: what has to hold for them, and which names the server accepts.

apiextensions-apiserver: ``pkg/apis/apiextensions/validation/validation.go`` and
``pkg/controller/status/naming_controller.go``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from kubewright.testing._apiserver.causes import not_supported, required, wrong
from kubewright.testing._apiserver.custom.selectable import selectable_causes
from kubewright.testing._apiserver.custom.structural import schema_causes, unknown_formats
from kubewright.testing._apiserver.failures import Cause
from kubewright.testing._apiserver.golang import Struct, quoted
from kubewright.testing._apiserver.parts import items_at, part_at, value_at
from kubewright.testing._apiserver.resources import CRD_GROUP, CRD_PLURAL
from kubewright.testing._apiserver.state import State
from kubewright.testing._apiserver.store import JSONObject

__all__ = [
    "accept_definition",
    "definition_causes",
    "definition_warnings",
    "reconsider_definitions",
]

_STORE: Final = (CRD_GROUP, CRD_PLURAL)
_LABEL: Final = "[a-z]([-a-z0-9]*[a-z0-9])?"
_NO_LABEL: Final = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an "
    "alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', "
    f"regex used for validation is '{_LABEL}')"
)
_NOT_FREE: Final = (
    "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema "
    "instead"
)
# in this order
_MOVED_UP: Final = ("schema", "subresources", "additionalPrinterColumns", "selectableFields")
_ONE_STORED: Final = "must have exactly one version marked as storage version"
_COLUMN_TYPES: Final = ("boolean", "date", "integer", "number", "string")
# in this order, and the last conflict is told
_NAMES: Final = (
    ("plural", "PluralConflict"),
    ("singular", "SingularConflict"),
    ("shortNames", "ShortNamesConflict"),
    ("kind", "KindConflict"),
    ("listKind", "ListKindConflict"),
)


def definition_causes(new: JSONObject, old: JSONObject | None) -> Iterator[Cause]:
    """Yield what is wrong with a definition."""
    spec, names = part_at(new, "spec"), part_at(new, "spec", "names")
    expected = f"{names.get('plural', '')}.{spec.get('group', '')}"
    name = new["metadata"]["name"]
    if old is None and name != expected:
        yield wrong("metadata.name", name, 'must be spec.names.plural+"."+spec.group')
    group, scope = spec.get("group", ""), spec.get("scope", "")
    if not group:
        yield required("spec.group")
    elif "." not in group:
        yield wrong("spec.group", group, "should be a domain with at least one dot")
    if not scope:
        yield required("spec.scope")
    elif scope not in ("Cluster", "Namespaced"):
        yield not_supported("spec.scope", scope, ["Cluster", "Namespaced"])
    yield from _version_causes(spec)
    yield from _name_causes(names)
    if old is not None:
        yield from _update_causes(new, old)
    yield from _stored_causes(new)
    was_free = value_at(old or {}, "spec", "preserveUnknownFields") is True
    if spec.get("preserveUnknownFields") is True and not was_free:
        yield wrong("spec.preserveUnknownFields", True, _NOT_FREE)


def definition_warnings(new: JSONObject, old: JSONObject | None) -> tuple[str, ...]:
    """Return what is odd in the schemas of a definition, and was not there before."""
    before = set(_formats_unknown_in(old or {}))
    return tuple(
        f"unrecognized format {quoted(name)}"
        for name in dict.fromkeys(_formats_unknown_in(new))
        if name not in before
    )


def _formats_unknown_in(crd: JSONObject) -> Iterator[str]:
    for version in items_at(crd, "spec", "versions"):
        yield from unknown_formats(part_at(version, "schema", "openAPIV3Schema"))


def _version_causes(spec: JSONObject) -> Iterator[Cause]:
    versions = items_at(spec, "versions")
    listed = _held(versions)
    if sum(version.get("storage") is True for version in versions) != 1:
        yield wrong("spec.versions", listed, _ONE_STORED)
    told = [version.get("name") for version in versions]
    if len(set(told)) != len(told):
        yield wrong("spec.versions", listed, "must contain unique version names")
    # what all versions have in common is moved up by the server before it looks
    schemas = [version.get("schema") for version in versions]
    are_same = all(schema == schemas[0] for schema in schemas)
    for index, version in enumerate(versions):
        at = f"spec.versions[{index}]"
        label = str(version.get("name", ""))
        if not re.fullmatch(_LABEL, label):
            yield wrong(f"{at}.name", label, _NO_LABEL)
            if index == 0:
                yield wrong("spec.version", label, _NO_LABEL)
        schema = value_at(version, "schema", "openAPIV3Schema")
        if schema is None:
            yield required(f"{at}.schema.openAPIV3Schema")
        elif not are_same:
            yield from schema_causes(schema, f"{at}.schema.openAPIV3Schema")
        elif index == 0:
            yield from schema_causes(schema, "spec.validation.openAPIV3Schema")
        yield from _served_causes(version, "spec" if len(versions) == 1 else at)


def _held(versions: list[JSONObject]) -> list[Struct]:
    """Return versions as a server prints what it holds: without what they have in common."""
    held: list[Struct] = []
    for version in versions:
        plain = {"Name": "", "Served": False, "Storage": False, "Deprecated": False}
        shown = Struct({name: version.get(name.lower(), zero) for name, zero in plain.items()})
        for name in ("deprecationWarning", *_MOVED_UP):
            is_common = all(each.get(name) == version.get(name) for each in versions)
            own = None if is_common and name in _MOVED_UP else version.get(name)
            shown[name[0].upper() + name[1:]] = own
        held.append(shown)
    return held


def _served_causes(version: JSONObject, at: str) -> Iterator[Cause]:
    yield from selectable_causes(version, at)
    scale = value_at(version, "subresources", "scale")
    if scale is not None:
        yield from _scale_causes(scale, f"{at}.subresources.scale")
    for index, column in enumerate(items_at(version, "additionalPrinterColumns")):
        place = f"{at}.additionalPrinterColumns[{index}]"
        if column.get("type") not in _COLUMN_TYPES:
            why = f"must be one of {','.join(_COLUMN_TYPES)}"
            yield wrong(f"{place}.type", column.get("type", ""), why)
        yield from _path_causes(column.get("jsonPath", ""), f"{place}.JSONPath")


def _scale_causes(scale: JSONObject, at: str) -> Iterator[Cause]:
    for name, root in (("specReplicasPath", ".spec."), ("statusReplicasPath", ".status.")):
        path, place = scale.get(name, ""), f"{at}.{name}"
        yield from _path_causes(path, place)
        if path.startswith(".") and not path.startswith(root):
            yield wrong(place, path, f"should be a json path under {root[:-1]}")
    path, place = scale.get("labelSelectorPath", ""), f"{at}.labelSelectorPath"
    if path:
        yield from _path_causes(path, place)
        if path.startswith(".") and not path.startswith((".spec.", ".status.")):
            yield wrong(place, path, "should be a json path under either .spec or .status")


def _path_causes(path: str, at: str) -> Iterator[Cause]:
    """Yield what keeps a path from being one; whether it can be read is not looked at."""
    if not path:
        yield required(at)
    elif not path.startswith("."):
        yield wrong(at, path, "must be a simple json path starting with .")


def _name_causes(names: JSONObject) -> Iterator[Cause]:
    for name in ("plural", "singular", "kind", "listKind"):
        text = str(names.get(name) or "")
        is_kind = name in ("kind", "listKind")
        prefix = "may have mixed case, but should otherwise match: " if is_kind else ""
        if not text:
            yield required(f"spec.names.{name}")
        elif not re.fullmatch(_LABEL, text.lower() if is_kind else text):
            yield wrong(f"spec.names.{name}", text, prefix + _NO_LABEL)
    for name in ("shortNames", "categories"):
        listed: list[str] = names.get(name) or []
        for index, text in enumerate(listed):
            if not re.fullmatch(_LABEL, text):
                yield wrong(f"spec.names.{name}[{index}]", text, _NO_LABEL)
    if names.get("kind") and names.get("kind") == names.get("listKind"):
        why = "kind and listKind may not be the same"
        yield wrong("spec.names.listKind", names["listKind"], why)


def _update_causes(new: JSONObject, old: JSONObject) -> Iterator[Cause]:
    for path in ("group", "scope", "names.plural", "names.kind"):
        steps = ("spec", *path.split("."))
        if value_at(new, *steps) != value_at(old, *steps):
            yield wrong(f"spec.{path}", value_at(new, *steps), "field is immutable")


def _stored_causes(new: JSONObject) -> Iterator[Cause]:
    versions = items_at(new, "spec", "versions")
    present = {version.get("name") for version in versions}
    stored: list[str] = value_at(new, "status", "storedVersions") or []
    if not stored:
        yield wrong("status.storedVersions", None, "must have at least one stored version")
        return
    for version in versions:
        name = str(version.get("name"))
        if version.get("storage") is True and name not in stored:
            yield wrong("status.storedVersions", stored, f"must have the storage version {name}")
    for index, name in enumerate(stored):
        if name not in present:
            why = (
                f"missing from spec.versions; {name} was previously a storage version, and must "
                "remain in spec.versions until a storage migration ensures no data remains "
                f"persisted in {name} and removes {name} from status.storedVersions"
            )
            yield wrong(f"status.storedVersions[{index}]", name, why)


def accept_definition(state: State, crd: JSONObject) -> None:
    """Give a definition the status that a server gives: its names are accepted, or taken."""
    names = part_at(crd, "spec", "names")
    taken = _taken_names(state, crd)
    accepted: JSONObject = {"plural": "", "kind": ""}
    reason, message = "", ""
    for name, conflict in _NAMES:
        wanted = names.get(name)
        listed: list[Any] = wanted if name == "shortNames" and wanted else [wanted]
        used = [text for text in listed if text in taken]
        if used:
            reason = conflict
            message = ", ".join(f"{quoted(text)} is already in use" for text in used)
        elif wanted:
            accepted[name] = wanted
    if names.get("categories"):
        accepted["categories"] = names["categories"]
    if reason:
        told = [("NamesAccepted", "False", reason, message)]
        told.append(("Established", "False", "NotAccepted", "not all names are accepted"))
    else:
        told = [("NamesAccepted", "True", "NoConflicts", "no conflicts found")]
        text = "the initial names have been accepted"
        told.append(("Established", "True", "InitialNamesAccepted", text))
    status = part_at(crd, "status")
    stored: list[str] = list(status.get("storedVersions") or [])
    storage = (v for v in items_at(crd, "spec", "versions") if v.get("storage") is True)
    first = next((str(version.get("name")) for version in storage), None)
    if first is not None and first not in stored:
        stored.append(first)
    crd["status"] = {
        **status,
        "acceptedNames": accepted,
        "storedVersions": stored,
        "conditions": [_condition(state, status, each) for each in told],
    }


def reconsider_definitions(state: State) -> None:
    """Accept definitions whose names have become free."""
    resource = state.resources[_STORE]
    for key, crd in state.store.objects(_STORE):
        if _is_refused(crd):
            again = dict(crd)
            accept_definition(state, again)
            if not _is_refused(again):
                state.put(resource, key, again)


def _condition(
    state: State, status: Mapping[str, Any], told: tuple[str, str, str, str]
) -> JSONObject:
    made = dict(zip(("type", "status", "reason", "message"), told, strict=True))
    for old in items_at(status, "conditions"):
        if {key: old.get(key) for key in made} == made:
            return old
    return {**made, "lastTransitionTime": state.now()}


def _is_refused(crd: Mapping[str, Any]) -> bool:
    conditions = items_at(crd, "status", "conditions")
    return any(c.get("type") == "NamesAccepted" and c.get("status") == "False" for c in conditions)


def _taken_names(state: State, crd: JSONObject) -> set[Any]:
    taken: set[Any] = set()
    for _, other in state.store.objects(_STORE):
        is_same = other["metadata"]["name"] == crd["metadata"]["name"]
        if not is_same and value_at(other, "spec", "group") == value_at(crd, "spec", "group"):
            names = part_at(other, "status", "acceptedNames")
            short: list[str] = names.get("shortNames") or []
            taken |= {names.get(name) for name, _ in _NAMES if name != "shortNames"} | set(short)
    return taken - {None, ""}
