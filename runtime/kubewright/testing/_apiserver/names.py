"""What names, labels, annotations, finalizers and owners may look like.

apimachinery: ``pkg/api/validation/objectmeta.go``, ``util/validation/validation.go``; kubernetes:
``pkg/apis/*/validation`` for which kind has which names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from kubewright.testing._apiserver.causes import required, too_long, wrong
from kubewright.testing._apiserver.failures import Cause
from kubewright.testing._apiserver.golang import Struct, quoted
from kubewright.testing._apiserver.parts import group_version_of, items_at, part_at, value_at

__all__ = [
    "dns_label_errors",
    "finalizer_warnings",
    "label_causes",
    "metadata_causes",
    "name_causes",
    "name_errors",
]

_LABEL: Final = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN: Final = rf"{_LABEL}(\.{_LABEL})*"
_QUALIFIED: Final = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_LONGEST_LABEL: Final = 63
_LONGEST_NAME: Final = 253
_LARGEST_ANNOTATIONS: Final = 256 * 1024
_RBAC: Final = "rbac.authorization.k8s.io"
_STANDARD_FINALIZERS: Final = frozenset(("foregroundDeletion", "kubernetes", "orphan"))
_LABELLED: Final = frozenset({("", "namespaces"), ("", "services"), ("apps", "statefulsets")})
# in the order of its Go type
_OWNER: Final = ("apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion")
_CRON_JOBS: Final = ("batch", "cronjobs")
_LONGEST_CRON_JOB: Final = 52


def name_errors(resource: tuple[str, str], name: str, *, is_prefix: bool = False) -> list[str]:
    """Return what is wrong with the name of an object.

    Args:
        resource: group and plural.
        name: the name, or what it is to begin with.
        is_prefix: whether more follows it.
    """
    if resource[0] == _RBAC:
        return _segment_errors(name, is_prefix=is_prefix)
    if is_prefix and name.endswith("-"):
        name = f"{name[:-1]}a"
    errors = dns_label_errors(name) if resource in _LABELLED else _subdomain_errors(name)
    if resource == _CRON_JOBS and len(name) > _LONGEST_CRON_JOB and not is_prefix:
        errors.append(f"must be no more than {_LONGEST_CRON_JOB} characters")
    return errors


def name_causes(resource: tuple[str, str], metadata: Mapping[str, Any]) -> Iterator[Cause]:
    """Yield what is wrong with the name of a new object, and with what it was made from."""
    prefix, name = metadata.get("generateName") or "", metadata.get("name") or ""
    for error in name_errors(resource, prefix, is_prefix=True) if prefix else ():
        yield wrong("metadata.generateName", prefix, error)
    for error in name_errors(resource, name):
        yield wrong("metadata.name", name, error)


def metadata_causes(
    metadata: Mapping[str, Any], *, at: str = "metadata", is_strict: bool = False
) -> Iterator[Cause]:
    """Yield what is wrong with the metadata of an object, its name aside.

    Args:
        metadata: it.
        at: where it is.
        is_strict: whether finalizers without a domain are refused, as of most built-in kinds.
    """
    yield from label_causes(part_at(metadata, "labels"), f"{at}.labels")
    annotations = part_at(metadata, "annotations")
    for key in annotations:
        yield from (
            wrong(f"{at}.annotations", key, error) for error in _qualified_errors(key.lower())
        )
    size = sum(len(text.encode()) for pair in annotations.items() for text in map(str, pair))
    if size > _LARGEST_ANNOTATIONS:
        yield too_long(f"{at}.annotations", _LARGEST_ANNOTATIONS)
    yield from _owner_causes(items_at(metadata, "ownerReferences"), f"{at}.ownerReferences")
    finalizers = value_at(metadata, "finalizers") or ()
    yield from _finalizer_causes(finalizers, f"{at}.finalizers", is_strict=is_strict)


def finalizer_warnings(metadata: Mapping[str, Any], before: Mapping[str, Any]) -> Iterator[str]:
    """Yield what to warn of in the finalizers of a custom object.

    Args:
        metadata: of it.
        before: what it was; empty for a new one.
    """
    given: list[str] = value_at(metadata, "finalizers") or []
    known: list[str] = value_at(before, "finalizers") or []
    for finalizer in sorted({*given} - {*known} - _STANDARD_FINALIZERS):
        if "/" in finalizer:
            continue
        path = " including a path (/)" if "." in finalizer else ""
        yield (
            f"metadata.finalizers: {quoted(finalizer)}: prefer a domain-qualified finalizer name"
            f"{path} to avoid accidental conflicts with other finalizer writers"
        )


def label_causes(labels: Mapping[str, Any], at: str) -> Iterator[Cause]:
    """Yield what is wrong with labels."""
    for key, value in labels.items():
        yield from (wrong(at, key, error) for error in _qualified_errors(key))
        yield from (wrong(at, value, error) for error in _value_errors(value))


def _owner_causes(owners: list[dict[str, Any]], at: str) -> Iterator[Cause]:
    controllers: list[str] = []
    held = [Struct({name: owner[name] for name in _OWNER if name in owner}) for owner in owners]
    for index, owner in enumerate(owners):
        for name in ("apiVersion", "kind", "name", "uid"):
            if not owner.get(name):
                yield required(f"{at}[{index}].{name}", "must not be empty")
        told = group_version_of(owner)
        if owner.get("apiVersion") and not (told and told.version):
            why = "must be <group>/<version> or <version>"
            yield wrong(f"{at}[{index}].apiVersion", owner["apiVersion"], why)
        if (owner.get("apiVersion"), owner.get("kind")) == ("v1", "Event"):
            yield wrong(
                f"{at}[{index}]", held[index], "/v1, Kind=Event is disallowed from being an owner"
            )
        if owner.get("controller"):
            controllers.append(f"{owner.get('kind')}/{owner.get('name')}")
            if len(controllers) > 1:
                why = (
                    'Only one reference can have Controller set to true. Found "true" in references '
                    f"for {controllers[0]} and {controllers[-1]}"
                )
                yield wrong(at, held, why)


def _finalizer_causes(finalizers: Iterable[Any], at: str, *, is_strict: bool) -> Iterator[Cause]:
    listed = [str(finalizer) for finalizer in finalizers]
    for finalizer in listed:
        yield from (wrong(at, finalizer, error) for error in _qualified_errors(finalizer))
    if {"orphan", "foregroundDeletion"} <= set(listed):
        why = "finalizer orphan and foregroundDeletion cannot be both set"
        yield wrong(at, listed, why)
    for index, finalizer in enumerate(listed):
        if is_strict and "/" not in finalizer and finalizer not in _STANDARD_FINALIZERS:
            why = "name is neither a standard finalizer name nor is it fully qualified"
            yield wrong(f"{at}[{index}]", finalizer, why)


def _subdomain_errors(name: str) -> list[str]:
    what = (
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
        "'.', and must start and end with an alphanumeric character"
    )
    return _errors(name, _LONGEST_NAME, _SUBDOMAIN, what, "example.com", unit="characters")


def dns_label_errors(name: str) -> list[str]:
    """Return what keeps a name from being one label of DNS."""
    what = (
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
        "must start and end with an alphanumeric character"
    )
    errors = _errors(name, _LONGEST_LABEL, _LABEL, what, "my-name", "123-abc", unit="characters")
    if "." in name and re.fullmatch(_SUBDOMAIN, name):
        errors[-1] = "must not contain dots"
    return errors


def _segment_errors(name: str, *, is_prefix: bool) -> list[str]:
    whole = [] if is_prefix else [part for part in (".", "..") if name == part]
    found = [*whole, *(part for part in ("/", "%") if part in name)]
    return [f"may not {'be' if part in whole else 'contain'} '{part}'" for part in found]


def _errors(
    text: str, longest: int, pattern: str, what: str, *examples: str, unit: str = "bytes"
) -> list[str]:
    errors: list[str] = []
    if len(text) > longest:
        errors.append(f"must be no more than {longest} {unit}")
    if not re.fullmatch(pattern, text):
        errors.append(_pattern_error(what, pattern, *examples))
    return errors


def _pattern_error(what: str, pattern: str, *examples: str) -> str:
    listed = " or ".join(f"'{example}', " for example in examples)
    return f"{what} (e.g. {listed}regex used for validation is '{pattern}')"


def _qualified_errors(key: str) -> list[str]:
    domain, slash, name = key.rpartition("/")
    what = (
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an"
    )
    described = f"{what} alphanumeric character"
    if "/" in domain:
        error = _pattern_error(
            f"a valid label key {described}", _QUALIFIED, "MyName", "my.name", "123-abc"
        )
        return [
            f"{error} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        ]
    errors: list[str] = []
    if slash and not domain:
        errors.append("prefix part must be non-empty")
    elif slash:
        errors += [f"prefix part {error}" for error in _subdomain_errors(domain)]
    if not name:
        errors.append("name part must be non-empty")
    elif len(name) > _LONGEST_LABEL:
        errors.append(f"name part must be no more than {_LONGEST_LABEL} bytes")
    if not re.fullmatch(_QUALIFIED, name):
        error = _pattern_error(described, _QUALIFIED, "MyName", "my.name", "123-abc")
        errors.append(f"name part {error}")
    return errors


def _value_errors(value: str) -> list[str]:
    what = (
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or "
        "'.', and must start and end with an alphanumeric character"
    )
    return _errors(value, _LONGEST_LABEL, f"({_QUALIFIED})?", what, "MyValue", "my_value", "12345")
