"""Several sources as one, and the choice of what is generated from them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TypeVar

from kubewright._shown import shown
from kubewright.schema import GroupVersion
from kubewright_gen.documents import DiscoveredResource, Documents, GroupVersionDocument
from kubewright_gen.errors import SourceError

__all__ = ["merge", "select"]

V = TypeVar("V")

_VERSION = re.compile(r"v[0-9]+(?:(?:alpha|beta)[0-9]+)?\Z")


def merge(sources: Sequence[tuple[str, Documents]]) -> Documents:
    """Unite what several sources say.

    Args:
        sources: documents, each with a name for messages: a file, a folder, a server.

    Raises:
        SourceError: two of them say different things about the same resource or schema.
    """
    merged: dict[GroupVersion, GroupVersionDocument] = {}
    origins: dict[GroupVersion, list[str]] = {}
    problems: list[str] = []
    for label, documents in sources:
        problems += documents.problems
        for document in documents.group_versions:
            known = merged.get(document.group_version)
            earlier = origins.setdefault(document.group_version, [])
            if known is None:
                merged[document.group_version] = document
            else:
                merged[document.group_version] = _united(known, document, label, earlier)
            earlier.append(label)
    return Documents(tuple(merged[key] for key in sorted(merged)), tuple(problems))


def _united(
    one: GroupVersionDocument, other: GroupVersionDocument, label: str, earlier: Sequence[str]
) -> GroupVersionDocument:
    def union(ours: Mapping[str, V], theirs: Mapping[str, V]) -> dict[str, V]:
        for name in sorted(ours.keys() & theirs.keys()):
            if ours[name] != theirs[name]:
                raise SourceError(
                    f"{name} of {one.group_version} is not the same as in {', '.join(earlier)}",
                    file=label,
                    remedy="leave out one of the two",
                )
        united = {**ours, **theirs}
        return {name: united[name] for name in sorted(united)}

    resources = union(
        {resource.name: resource for resource in one.resources},
        {resource.name: resource for resource in other.resources},
    )
    return GroupVersionDocument(
        one.group_version, tuple(resources.values()), union(one.schemas, other.schemas)
    )


def select(documents: Documents, include: Sequence[str], exclude: Sequence[str]) -> Documents:
    """Keep the resources that a pattern of `include` and none of `exclude` matches.

    A pattern is ``group/version`` or ``group/version/resource``, with ``*``, ``?`` and ``[…]``
    inside of each part. The core group is written ``core``, or left out (``v1``, ``v1/pods``); a
    group alone stands for all of its versions. Schemas all stay: what is kept may refer to them.

    Args:
        documents: what the sources said.
        include: patterns; without any, everything is included.
        exclude: patterns; they win.

    Raises:
        SourceError: a pattern matches nothing.
    """
    included = [_Pattern(text) for text in include]
    excluded = [_Pattern(text) for text in exclude]
    kept: list[GroupVersionDocument] = []
    for document in documents.group_versions:
        resources = tuple(
            resource
            for resource in document.resources
            if _is_kept(document.group_version, resource, included, excluded)
        )
        if resources:
            kept.append(replace(document, resources=resources))
    for pattern in [*included, *excluded]:
        if not pattern.matched:
            raise SourceError(
                f"the pattern {shown(pattern.text)} matches nothing",
                remedy="patterns look like apps/v1, *.example.com/* or */v1/pods",
            )
    return replace(documents, group_versions=tuple(kept))


def _is_kept(
    group_version: GroupVersion,
    resource: DiscoveredResource,
    included: Sequence[_Pattern],
    excluded: Sequence[_Pattern],
) -> bool:
    # every pattern is asked, so that each learns whether it matches anything
    wanted = [pattern.match(group_version, resource.name) for pattern in included]
    unwanted = [pattern.match(group_version, resource.name) for pattern in excluded]
    return (any(wanted) or not included) and not any(unwanted)


class _Pattern:
    def __init__(self, text: str) -> None:
        self.text = text
        self.matched = False
        parts = text.split("/")
        if _VERSION.match(parts[0]):
            parts.insert(0, "core")
        if len(parts) == 1:
            parts.append("*")
        if len(parts) == 2:
            parts.append("*")
        self._parts = parts

    def match(self, group_version: GroupVersion, resource: str) -> bool:
        names = (group_version.group or "core", group_version.version, resource)
        result = len(self._parts) == 3 and all(map(fnmatchcase, names, self._parts))
        self.matched |= result
        return result
