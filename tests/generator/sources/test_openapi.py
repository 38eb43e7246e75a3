"""Saved documents in each of their forms, and what may be missing or odd in them."""

import io
import json
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kubewright.schema import GroupVersion, GroupVersionKind
from kubewright_gen.documents import DiscoveredResource, DiscoveredSubresource, Documents
from kubewright_gen.errors import SchemaError, SourceError
from kubewright_gen.sources import archive
from kubewright_gen.sources.archive import pack
from kubewright_gen.sources.openapi import read_openapi, read_saved

POD = {"group": "", "version": "v1", "kind": "Pod"}
POD_SCHEMA = {
    "type": "object",
    "properties": {"spec": {"$ref": "#/components/schemas/io.k8s.api.core.v1.PodSpec"}},
    "x-kubernetes-group-version-kind": [POD],
}


def discovery(**resource: Any) -> dict[str, Any]:
    pods = {
        "resource": "pods",
        "responseKind": {"group": "", "version": "", "kind": "Pod"},
        "scope": "Namespaced",
        "singularResource": "pod",
        "verbs": ["list", "get", "watch"],
        "shortNames": ["po"],
        "categories": ["all"],
        "subresources": [
            {
                "subresource": "eviction",
                "responseKind": {"group": "policy", "version": "v1", "kind": "Eviction"},
                "verbs": ["create"],
            }
        ],
        **resource,
    }
    return discovery_of("", [pods])


def discovery_of(group: str, resources: list[Any], **version: Any) -> dict[str, Any]:
    versions = [{"version": "v1", "resources": resources, **version}]
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "items": [{"metadata": {"name": group}, "versions": versions}],
    }


def openapi(**schemas: Any) -> dict[str, Any]:
    named = {
        "io.k8s.api.core.v1.Pod": POD_SCHEMA,
        "io.k8s.api.core.v1.PodSpec": {"type": "object"},
        **schemas,
    }
    return {"openapi": "3.0.0", "paths": {}, "components": {"schemas": named}}


def encoded(files: Mapping[str, Any]) -> dict[str, bytes]:
    return {name: json.dumps(content).encode() for name, content in files.items()}


SAVED = encoded(
    {
        "version.json": {"gitVersion": "v1.37.2"},
        "discovery/api.json": discovery(),
        "openapi/v3/api__v1.json": openapi(),
        "openapi/v3/apis__apps.json": "a group without a version is not looked at",
        "openapi/v3/version.json": [],
    }
)
PODS = DiscoveredResource(
    name="pods",
    singular="pod",
    kind=GroupVersionKind("", "v1", "Pod"),
    namespaced=True,
    verbs=("get", "list", "watch"),
    short_names=("po",),
    categories=("all",),
    subresources=(
        DiscoveredSubresource(
            "eviction", GroupVersionKind("policy", "v1", "Eviction"), ("create",)
        ),
    ),
)


def written(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def zipped(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return stream.getvalue()


def gzipped(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as packed:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            packed.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


def test_a_saved_folder_is_read(tmp_path: Path) -> None:
    (document,) = read_openapi(str(written(tmp_path, SAVED))).group_versions
    assert document.group_version == GroupVersion("", "v1")
    assert document.resources == (PODS,)
    assert list(document.schemas) == ["io.k8s.api.core.v1.Pod", "io.k8s.api.core.v1.PodSpec"]


@pytest.mark.parametrize("prefix", ["", "./", "dump/"])
@pytest.mark.parametrize(
    ("name", "packer"),
    [("d.tar.xz", pack), ("d.zip", zipped), ("d.tar.gz", gzipped), ("d.tgz", gzipped)],
)
def test_a_packed_folder_says_the_same(tmp_path: Path, prefix: str, name: str, packer: Any) -> None:
    path = tmp_path / name
    path.write_bytes(packer({prefix + member: content for member, content in SAVED.items()}))
    assert read_openapi(str(path)) == read_saved(SAVED, "x")


def test_packing_is_the_same_bytes_in_any_order() -> None:
    assert pack(SAVED) == pack(dict(reversed(SAVED.items())))


def bomb_xz() -> bytes:
    return lzma.compress(b"\0" * 3_000_000)


def bomb_gz() -> bytes:
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    return packer.compress(b"\0" * 3_000_000) + packer.flush()


def bomb_zip() -> bytes:
    return zipped({"discovery/api.json": b" " * 3_000_000})


def many_zip() -> bytes:
    return zipped({f"openapi/v3/{index}.json": b"{}" for index in range(200)})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("d.tar.xz", bomb_xz()),
        ("d.tar.gz", bomb_gz()),
        ("d.zip", bomb_zip()),
        ("d.zip", many_zip()),
    ],
    ids=["xz", "gz", "zip", "many"],
)
def test_a_packed_folder_cannot_grow_without_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes
) -> None:
    monkeypatch.setattr(archive, "MAX_TOTAL", 1_000_000)
    monkeypatch.setattr(archive, "MAX_FILES", 100)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match="more than 1,000,000 bytes or 100 files are not read"):
        read_openapi(str(tmp_path / name))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("d.zip", b"PK no", "no zip archive"),
        ("d.tar.xz", b"no", "no tar archive"),
        ("d.tar.gz", b"no", "no tar archive"),
        ("d.tar.xz", pack(SAVED)[:-40], "no tar archive"),
        ("d.json", b"{", "no JSON"),
        ("d.json", b"[]", "expected an object, not a list"),
        ("d.json", b'{"a": ' * 100_000, "d.json: nested too deep"),
        ("d.json", b"{}", "this is no OpenAPI document"),
        ("d.json", b'{"openapi": "3.0.0"}', "no discovery and no OpenAPI in it"),
        ("d.txt", b"", "expected a folder"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_malformed_file_is_one_line(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        read_openapi(str(path))
    assert message in str(caught.value)
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize("name", ["missing", "missing.json", "missing.tar.xz"])
def test_a_missing_file_is_an_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceError, match="no such file or folder"):
        read_openapi(str(tmp_path / name))


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no discovery and no OpenAPI in it; give what"):
        read_openapi(str(tmp_path))


def test_what_discovery_does_not_tell_comes_from_the_definitions() -> None:
    from kubewright_gen.sources.crd import read_crds  # the file that has one

    source = Path(__file__).parent / "crds" / "gadgets.yaml"
    (wanted,) = read_crds([str(source)]).documents.group_versions
    gadget = wanted.resources[0]
    files = dict(SAVED)
    files |= encoded(saved_gadgets())
    _, document = read_saved(files, "x").group_versions
    assert document.resources == (gadget,)


def saved_gadgets() -> dict[str, Any]:
    kind = {"group": "kubewright.example.com", "version": "v1", "kind": "Gadget"}
    scale = {"group": "autoscaling", "version": "v1", "kind": "Scale"}
    resource = {
        "resource": "gadgets",
        "responseKind": kind,
        "scope": "Namespaced",
        "singularResource": "gadget",
        "shortNames": ["gd", "gdg"],
        "categories": ["all", "toys"],
        "verbs": [
            "delete",
            "deletecollection",
            "get",
            "list",
            "patch",
            "create",
            "update",
            "watch",
        ],
        "subresources": [
            {"subresource": "status", "responseKind": kind, "verbs": ["get", "patch", "update"]},
            {"subresource": "scale", "responseKind": scale, "verbs": ["get", "patch", "update"]},
        ],
    }
    version = {
        "name": "v1",
        "served": True,
        "subresources": {
            "status": {},
            "scale": {
                "specReplicasPath": ".spec.replicas",
                "statusReplicasPath": ".status.replicas",
                "labelSelectorPath": ".status.selector",
            },
        },
        "selectableFields": [{"jsonPath": ".spec.color"}],
        "additionalPrinterColumns": [
            {
                "name": "Color",
                "type": "string",
                "jsonPath": ".spec.color",
                "description": "What it looks like",
            },
            {
                "name": "Age",
                "type": "date",
                "jsonPath": ".metadata.creationTimestamp",
                "priority": 1,
            },
        ],
    }
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "gadgets.kubewright.example.com"},
        "spec": {
            "group": "kubewright.example.com",
            "scope": "Namespaced",
            "names": {"plural": "gadgets", "singular": "gadget", "kind": "Gadget"},
            "versions": [version],
        },
    }
    schema = {
        "type": "object",
        "x-kubernetes-group-version-kind": [kind],
        "x-kubernetes-selectable-fields": [{"fieldPath": "spec.color"}],
    }
    document = {
        "openapi": "3.0.0",
        "components": {"schemas": {"com.example.kubewright.v1.Gadget": schema}},
    }
    return {
        "discovery/apis.json": discovery_of("kubewright.example.com", [resource]),
        "openapi/v3/apis__kubewright.example.com__v1.json": document,
        "crds.json": {"kind": "CustomResourceDefinitionList", "items": [crd]},
    }


def test_selectable_fields_are_in_the_schema_too() -> None:
    saved = saved_gadgets()
    del saved["crds.json"]
    (document,) = read_saved(encoded(saved), "x").group_versions
    assert document.resources[0].selectable_fields == (".spec.color",)


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        (
            {"discovery/api.json": discovery()},
            "v1: left out: there is no OpenAPI document of it",
        ),
        (
            {"discovery/api.json": discovery_of("", [], freshness="Stale")},
            "v1: the server behind this API does not answer; what it said before is used as far"
            " as it is known",
        ),
        (
            {"discovery/api.json": discovery(resource="jobs.batch/http_requests")},
            "v1: a resource is left out: 'jobs.batch/http_requests' cannot be a name in a path",
        ),
        (
            {"discovery/api.json": discovery(responseKind=None)},
            "v1: a resource is left out: 'pods' has no kind",
        ),
        (
            {"discovery/api.json": discovery(responseKind={"kind": "a\nb"})},
            "v1: a resource is left out: 'a\\nb' cannot be a kind",
        ),
        (
            {"discovery/api.json": discovery(verbs=["get", "x y"])},
            "v1: a resource is left out: there is something among them that is no verb",
        ),
    ],
    ids=["no-schemas", "stale", "name", "no-kind", "kind", "verb"],
)
def test_what_cannot_be_used_is_told_and_the_rest_goes_on(
    files: dict[str, Any], problem: str
) -> None:
    other = {key: value for key, value in saved_gadgets().items() if key != "crds.json"}
    documents = read_saved(encoded({**other, **files}), "x")
    assert documents.problems == (problem,)
    assert [str(d.group_version) for d in documents.group_versions] == ["kubewright.example.com/v1"]


def test_a_reference_that_leads_out_of_a_document_is_an_error() -> None:
    files = dict(SAVED)
    files |= encoded({"openapi/v3/api__v1.json": openapi(Bad={"$ref": "http://127.0.0.1:1/x"})})
    with pytest.raises(SchemaError, match=r"x/openapi/v3/api__v1\.json: Bad: the reference"):
        read_saved(files, "x")


def operation(action: str, kind: Mapping[str, str] = POD, **more: Any) -> dict[str, Any]:
    return {
        "x-kubernetes-action": action,
        "x-kubernetes-group-version-kind": dict(kind),
        **more,
    }


EVICTION = {"group": "policy", "version": "v1", "kind": "Eviction"}
PATHS: dict[str, Any] = {
    "/api/v1/": {"get": {}},
    "/api/v1/pods": {"get": operation("list")},
    "/api/v1/namespaces/{namespace}/pods": {"get": operation("list"), "parameters": []},
    "/api/v1/namespaces/{namespace}/pods/{name}": {"get": operation("get")},
    "/api/v1/namespaces/{namespace}/pods/{name}/eviction": {
        "post": operation("post", EVICTION),
    },
    "/api/v1/watch/namespaces/{namespace}/pods/{name}": {"get": operation("watch")},
    "/api/v1/watch/pods": {"get": operation("watchlist")},
    "/healthz": {"get": {}},
    "/apis/../../etc/{name}": {"get": operation("get")},
}


@pytest.mark.parametrize("version", ["v2", "v3"])
def test_without_discovery_the_paths_tell_the_resources(tmp_path: Path, version: str) -> None:
    document = openapi()
    document["paths"] = PATHS
    if version == "v2":
        text = json.dumps(document["components"]["schemas"])
        definitions = json.loads(text.replace("#/components/schemas/", "#/definitions/"))
        document = {"swagger": "2.0", "paths": PATHS, "definitions": definitions}
    (tmp_path / "x.json").write_text(json.dumps(document))
    documents = read_openapi(str(tmp_path / "x.json"))
    expected = replace(PODS, short_names=(), categories=())
    (found,) = documents.group_versions
    assert (found.group_version, found.resources) == (GroupVersion("", "v1"), (expected,))


def test_of_one_document_for_all_only_what_is_needed_is_kept() -> None:
    document = openapi(Unrelated={"type": "string"})
    document["paths"] = PATHS
    (found,) = read_saved(encoded({"": document}), "x").group_versions
    assert list(found.schemas) == ["io.k8s.api.core.v1.Pod", "io.k8s.api.core.v1.PodSpec"]


def test_custom_resources_can_be_watched_without_paths_for_it() -> None:
    kind = {"group": "example.com", "version": "v1", "kind": "Thing"}
    watch = [{"name": "watch", "in": "query"}]
    document = openapi(Thing={"type": "object", "x-kubernetes-group-version-kind": [kind]})
    document["paths"] = {
        "/apis/example.com/v1/things": {"get": operation("list", kind, parameters=watch)},
        "/apis/example.com/v1/things/{name}/scale": {"get": operation("get", kind)},
    }
    (found,) = read_saved(encoded({"": document}), "x").group_versions
    thing = GroupVersionKind("example.com", "v1", "Thing")
    scale = GroupVersionKind("autoscaling", "v1", "Scale")
    assert found.resources == (
        DiscoveredResource(
            name="things",
            singular="thing",
            kind=thing,
            namespaced=False,
            verbs=("list", "watch"),
            subresources=(DiscoveredSubresource("scale", scale, ("get",)),),
        ),
    )


def test_progress_is_told() -> None:
    told: list[tuple[str, int, int]] = []
    read_saved(SAVED, "x", progress=lambda name, done, of: told.append((name, done, of)))
    assert told == [("Reading schemas", 1, 1)]


def test_documents_are_sorted() -> None:
    documents: Documents = read_saved({**encoded(saved_gadgets()), **SAVED}, "x")
    names = [document.group_version for document in documents.group_versions]
    assert names == sorted(names)
    assert len(names) == 2
