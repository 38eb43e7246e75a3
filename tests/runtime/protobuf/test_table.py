"""The table of messages names what the server's OpenAPI document names."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from kubewright.protobuf import JsonOnlyError
from kubewright.protobuf.table import Message, message, message_of

_DOCUMENTS = (
    Path(__file__).parents[3] / "runtime/kubewright/testing/_apiserver/documents/kubernetes.tar.xz"
)
_PREFIXES = {
    "io.k8s.api.": "",
    "io.k8s.apimachinery.pkg.apis.": "",
    "io.k8s.apiextensions-apiserver.pkg.apis.": "",
    "io.k8s.kube-aggregator.pkg.apis.": "",
}


def _schemas() -> Iterator[tuple[str, dict[str, Any]]]:
    with tarfile.open(_DOCUMENTS) as archive:
        for member in archive:
            content = archive.extractfile(member) if "openapi/v3/" in member.name else None
            if content is not None:
                yield from json.load(content)["components"]["schemas"].items()


@cache
def _kinds() -> dict[tuple[str, str], set[str]]:
    """The members of each kind, by its apiVersion and name."""
    found: dict[tuple[str, str], set[str]] = {}
    for name, schema in _schemas():
        for kind in schema.get("x-kubernetes-group-version-kind", []):
            if name.startswith(tuple(_PREFIXES)):
                version = "/".join(filter(None, (kind["group"], kind["version"])))
                found[version, kind["kind"]] = set(schema["properties"])
    return found


def _members(known: Message) -> set[str]:
    names = {"kind", "apiVersion"} if known.has_kind else set[str]()
    for field in known.fields:
        names |= {field.name} if field.name else _members(message(field.kind))
    return names


def test_every_kind_of_the_server_is_a_message_with_the_same_members() -> None:
    kinds = _kinds()
    assert len(kinds) > 100
    for kind, members in kinds.items():
        if kind[1] != "WatchEvent":  # it has no kind of its own
            assert _members(message(message_of(*kind))) == members, kind


def test_every_structure_of_the_server_is_a_message_with_the_same_members() -> None:
    compared = 0
    for full, schema in _schemas():
        prefix = next((each for each in _PREFIXES if full.startswith(each)), None)
        if prefix is None or "properties" not in schema:
            continue
        name = full.removeprefix(prefix)
        assert _members(message(name)) == set(schema["properties"]), name
        compared += 1
    assert compared > 500


@pytest.mark.parametrize(
    ("version", "kind"),
    [("shop.example/v1", "Website"), ("v1", "PodSpec"), ("apps/v9", "Deployment")],
    ids=["custom", "a part of a kind", "a version that is not known"],
)
def test_a_kind_that_is_not_built_in_has_no_protobuf(version: str, kind: str) -> None:
    with pytest.raises(JsonOnlyError, match=f"{version} {kind} is no kind"):
        message_of(version, kind)


def test_a_status_is_of_every_group_version() -> None:
    assert message_of("v1", "Status") == message_of("apps/v1", "Status") == "meta.v1.Status"
