"""How the metadata of an object must be: names, labels, annotations, owners, finalizers.

apimachinery: ``api/validation/objectmeta.go``, ``util/validation``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from kubewright._json import is_array, is_object
from kubewright.testing._apiserver.failures import Cause
from kubewright.testing._apiserver.golang import quoted
from kubewright.testing._apiserver.resources import Served

__all__ = ["metadata_causes"]

_LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN: Final = re.compile(rf"{_LABEL.pattern}(\.{_LABEL.pattern})*")
_QUALIFIED: Final = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_VALUE: Final = re.compile(rf"({_QUALIFIED.pattern})?")
_ENDS: Final = "and must start and end with an alphanumeric character"
_NOT_A_SUBDOMAIN: Final = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    f"'.', {_ENDS} (e.g. 'example.com', regex used for validation is '{_SUBDOMAIN.pattern}')"
)
_NOT_A_LABEL: Final = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', "
    f"{_ENDS} (e.g. 'my-name',  or '123-abc', regex used for validation is '{_LABEL.pattern}')"
)
_MADE_OF: Final = (
    f"must consist of alphanumeric characters, '-', '_' or '.', {_ENDS} (e.g. 'MyName',  or "
    f"'my.name',  or '123-abc', regex used for validation is '{_QUALIFIED.pattern}')"
)
_NOT_A_VALUE: Final = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or "
    f"'.', {_ENDS} (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    f"'{_VALUE.pattern}')"
)
_LONGEST, _LONGEST_LABEL, _MOST_ANNOTATIONS = 253, 63, 256 * 1024
_STANDARD_FINALIZERS: Final = frozenset({"foregroundDeletion", "kubernetes", "orphan"})
_RBAC: Final = "rbac.authorization.k8s.io"
_LABEL_NAMES: Final = frozenset({("", "namespaces"), ("", "services"), ("apps", "statefulsets")})
# their names are checked otherwise, or by nobody
_UNCHECKED: Final = frozenset(
    {
        ("", "events"),
        ("certificates.k8s.io", "certificatesigningrequests"),
        ("policy", "poddisruptionbudgets"),
    }
)
_OWNER_FIELDS: Final = ("apiVersion", "kind", "name", "uid")


def metadata_causes(resource: Served, metadata: Mapping[str, Any]) -> list[Cause]:
    """Return all that is wrong with the metadata of an object."""
    name, prefix = metadata.get("name") or "", metadata.get("generateName") or ""
    causes: list[Cause] = []
    if prefix:
        masked = f"{prefix[:-1]}a" if prefix.endswith("-") and len(prefix) > 1 else prefix
        causes += _at("metadata.generateName", prefix, _name_problems(resource, masked))
    causes += _at("metadata.name", name, _name_problems(resource, name))
    for key, value in _items(metadata, "labels"):
        causes += _at("metadata.labels", key, _qualified_problems(key))
        causes += _at("metadata.labels", value, _value_problems(value))
    causes += _annotations(metadata)
    causes += _owners(metadata)
    causes += _finalizers(resource, metadata)
    return causes


def _at(field: str, value: str, problems: Iterator[str]) -> list[Cause]:
    return [_wrong(field, quoted(value), problem) for problem in problems]


def _wrong(field: str, shown: str, problem: str) -> Cause:
    return Cause("FieldValueInvalid", f"Invalid value: {shown}: {problem}", field)


def _name_problems(resource: Served, name: str) -> Iterator[str]:
    kind = (resource.group, resource.plural)
    if resource.group == _RBAC:
        return _segment_problems(name)
    if kind in _UNCHECKED:
        return iter(())
    return _label_problems(name) if kind in _LABEL_NAMES else _subdomain_problems(name)


def _segment_problems(name: str) -> Iterator[str]:
    if name in (".", ".."):
        yield f"may not be '{name}'"
    for character in "/%":
        if character in name:
            yield f"may not contain '{character}'"


def _label_problems(name: str) -> Iterator[str]:
    if len(name) > _LONGEST_LABEL:
        yield f"must be no more than {_LONGEST_LABEL} characters"
    if not _LABEL.fullmatch(name):
        has_dots = _SUBDOMAIN.fullmatch(name)
        yield "must not contain dots" if has_dots else _NOT_A_LABEL


def _subdomain_problems(name: str) -> Iterator[str]:
    if len(name) > _LONGEST:
        yield f"must be no more than {_LONGEST} characters"
    if not _SUBDOMAIN.fullmatch(name):
        yield _NOT_A_SUBDOMAIN


def _qualified_problems(key: str) -> Iterator[str]:
    parts = key.split("/")
    if len(parts) > 2:
        yield (
            f"a valid label key {_MADE_OF} with an optional DNS subdomain prefix and '/' (e.g. "
            "'example.com/MyName')"
        )
        return
    if len(parts) == 2 and not parts[0]:
        yield "prefix part must be non-empty"
    elif len(parts) == 2:
        yield from (f"prefix part {problem}" for problem in _subdomain_problems(parts[0]))
    name = parts[-1]
    if not name:
        yield "name part must be non-empty"
    elif len(name) > _LONGEST_LABEL:
        yield f"name part must be no more than {_LONGEST_LABEL} bytes"
    if not _QUALIFIED.fullmatch(name):
        yield f"name part {_MADE_OF}"


def _value_problems(value: str) -> Iterator[str]:
    if len(value.encode()) > _LONGEST_LABEL:
        yield f"must be no more than {_LONGEST_LABEL} bytes"
    if not _VALUE.fullmatch(value):
        yield _NOT_A_VALUE


def _annotations(metadata: Mapping[str, Any]) -> Iterator[Cause]:
    size = 0
    for key, value in _items(metadata, "annotations"):
        yield from _at("metadata.annotations", key, _qualified_problems(key.lower()))
        size += len(key.encode()) + len(value.encode())
    if size > _MOST_ANNOTATIONS:
        message = f"Too long: may not be more than {_MOST_ANNOTATIONS} bytes"
        yield Cause("FieldValueTooLong", message, "metadata.annotations")


def _owners(metadata: Mapping[str, Any]) -> Iterator[Cause]:
    owners = [owner for owner in _listed(metadata, "ownerReferences") if is_object(owner)]
    controllers: list[str] = []
    for index, owner in enumerate(owners):
        field = f"metadata.ownerReferences[{index}]"
        for name in _OWNER_FIELDS:
            if not owner.get(name):
                message = "Required value: must not be empty"
                yield Cause("FieldValueRequired", message, f"{field}.{name}")
        if (owner.get("apiVersion"), owner.get("kind")) == ("v1", "Event"):
            shown = _printed(_in_order(owner))
            yield _wrong(field, shown, "/v1, Kind=Event is disallowed from being an owner")
        if owner.get("controller") is True:
            controllers.append(f"{owner.get('kind')}/{owner.get('name')}")
    if len(controllers) > 1:
        problem = (
            'Only one reference can have Controller set to true. Found "true" in references for '
            f"{controllers[0]} and {controllers[1]}"
        )
        yield _wrong("metadata.ownerReferences", _printed([*map(_in_order, owners)]), problem)


def _in_order(owner: Mapping[str, Any]) -> dict[str, Any]:
    names = (*_OWNER_FIELDS, "controller", "blockOwnerDeletion")
    return {name: owner[name] for name in names if name in owner}


def _printed(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _finalizers(resource: Served, metadata: Mapping[str, Any]) -> Iterator[Cause]:
    for index, finalizer in enumerate(_listed(metadata, "finalizers")):
        problems = list(_qualified_problems(finalizer))
        yield from _at("metadata.finalizers", finalizer, iter(problems))
        is_bare = "/" not in finalizer and finalizer not in _STANDARD_FINALIZERS
        if is_bare and not problems and resource.is_builtin:
            problem = "name is neither a standard finalizer name nor is it fully qualified"
            yield _wrong(f"metadata.finalizers[{index}]", quoted(finalizer), problem)


def _items(metadata: Mapping[str, Any], name: str) -> list[tuple[str, Any]]:
    found: Any = metadata.get(name)
    return sorted(found.items()) if is_object(found) else []


def _listed(metadata: Mapping[str, Any], name: str) -> list[Any]:
    found: Any = metadata.get(name)
    return found if is_array(found) else []
