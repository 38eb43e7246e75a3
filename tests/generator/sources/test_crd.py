"""CRD files as users have them: many in a file, among other things, malformed, twice."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubewright.resource import PrinterColumn, ScalePaths
from kubewright.schema import GroupVersion, GroupVersionKind
from kubewright_gen.documents import (
    DiscoveredResource,
    DiscoveredSubresource,
    Schema,
)
from kubewright_gen.errors import SchemaError, SourceError
from kubewright_gen.sources.crd import read_crds

GADGETS = Path(__file__).parent / "crds" / "gadgets.yaml"
V1 = GroupVersion("kubewright.example.com", "v1")


def definition(group: str = "example.com", plural: str = "things", kind: str = "Thing") -> Any:
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": {"type": "object"}},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"plural": plural, "kind": kind},
            "versions": [version],
        },
    }


def written(folder: Path, name: str, *documents: Any) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("---\n".join(yaml.safe_dump(document) for document in documents))
    return str(path)


def test_a_definition_is_described_as_discovery_would() -> None:
    read = read_crds([str(GADGETS)])
    assert (read.definitions, read.skipped) == (2, 1)
    (document,) = read.documents.group_versions
    assert document.group_version == V1
    gadget, gizmo = document.resources
    kind = GroupVersionKind("kubewright.example.com", "v1", "Gadget")
    scale = GroupVersionKind("autoscaling", "v1", "Scale")
    verbs = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
    assert gadget == DiscoveredResource(
        name="gadgets",
        singular="gadget",
        kind=kind,
        namespaced=True,
        verbs=verbs,
        short_names=("gd", "gdg"),
        categories=("all", "toys"),
        subresources=(
            DiscoveredSubresource("scale", scale, ("get", "patch", "update")),
            DiscoveredSubresource("status", kind, ("get", "patch", "update")),
        ),
        printer_columns=(
            PrinterColumn(
                name="Color",
                type="string",
                json_path=".spec.color",
                description="What it looks like",
            ),
            PrinterColumn(
                name="Age", type="date", json_path=".metadata.creationTimestamp", priority=1
            ),
        ),
        selectable_fields=(".spec.color",),
        scale_paths=ScalePaths(
            spec_replicas=".spec.replicas",
            status_replicas=".status.replicas",
            label_selector=".status.selector",
        ),
    )
    assert gizmo == DiscoveredResource("gizmos", "gizmo", gizmo.kind, False, verbs)


def test_schemas_have_the_names_that_servers_give_them() -> None:
    (document,) = read_crds([str(GADGETS)]).documents.group_versions
    assert list(document.schemas) == [
        "com.example.kubewright.v1.Gadget",
        "com.example.kubewright.v1.GadgetList",
        "com.example.kubewright.v1.Gizmo",
        "com.example.kubewright.v1.GizmoCollection",
    ]


def test_what_every_object_has_is_the_servers_not_the_files() -> None:
    (document,) = read_crds([str(GADGETS)]).documents.group_versions
    root = document.schemas["com.example.kubewright.v1.Gadget"]
    assert root.properties["metadata"].ref == "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
    assert root.properties["apiVersion"].description.startswith("APIVersion defines")
    assert root.kinds == (GroupVersionKind("kubewright.example.com", "v1", "Gadget"),)


def test_only_served_versions_count(tmp_path: Path) -> None:
    crd = definition()
    crd["spec"]["versions"].append({**crd["spec"]["versions"][0], "name": "v2", "served": False})
    read = read_crds([written(tmp_path, "a.yaml", crd)])
    assert [d.group_version.version for d in read.documents.group_versions] == ["v1"]


def as_list(crd: Any) -> Any:
    return {"apiVersion": "v1", "kind": "List", "items": [crd]}


def as_crd_list(crd: Any) -> Any:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinitionList",
        "items": [crd],
    }


def as_list_in_list(crd: Any) -> Any:
    return as_list(as_list(crd))


@pytest.mark.parametrize("wrap", [as_list, as_crd_list, as_list_in_list])
def test_lists_are_looked_into(tmp_path: Path, wrap: Callable[[Any], Any]) -> None:
    listed = read_crds([written(tmp_path, "l.yaml", wrap(definition()))])
    alone = read_crds([written(tmp_path, "a.yaml", definition())])
    assert listed == alone


def test_folders_are_read_with_all_below_them_in_order(tmp_path: Path) -> None:
    written(tmp_path, "b/deep/x.yml", definition(plural="xs", kind="X"))
    written(tmp_path, "a.yaml", definition(plural="as", kind="A"))
    (tmp_path / "c.json").write_text(json.dumps(definition(plural="cs", kind="C")))
    (tmp_path / "README.md").write_text("{{ not YAML")
    (tmp_path / "loop").symlink_to(tmp_path)
    stages: list[tuple[str, int, int]] = []
    read = read_crds(
        [str(tmp_path)], progress=lambda name, done, of: stages.append((name, done, of))
    )
    (document,) = read.documents.group_versions
    assert [resource.name for resource in document.resources] == ["as", "cs", "xs"]
    assert stages == [("Reading CRDs", done, 3) for done in (1, 2, 3)]


@pytest.mark.parametrize("pattern", ["*.yaml", "**/*.yaml", "[ab].y?ml"])
def test_patterns_name_files(tmp_path: Path, pattern: str) -> None:
    written(tmp_path, "a.yaml", definition())
    assert read_crds([str(tmp_path / pattern)]).definitions == 1


def test_standard_input_is_a_dash() -> None:
    stream = io.BytesIO(yaml.safe_dump(definition()).encode())
    assert read_crds(["-"], stdin=stream).definitions == 1


def test_urls_are_got_by_what_is_given_for_them(tmp_path: Path) -> None:
    content = {"https://example.com/crd.yaml": yaml.safe_dump(definition()).encode()}
    assert read_crds(list(content), fetch=content.__getitem__).definitions == 1
    with pytest.raises(SourceError, match="URLs are not read here; download it"):
        read_crds(list(content))


def test_the_same_definition_twice_counts_once(tmp_path: Path) -> None:
    other = definition()
    other["metadata"]["labels"] = {"from": "elsewhere"}
    files = [written(tmp_path, "a.yaml", definition()), written(tmp_path, "b.yaml", other)]
    assert read_crds(files).definitions == 1


def test_two_definitions_of_one_name_are_an_error_that_names_both_files(tmp_path: Path) -> None:
    other = definition()
    other["spec"]["scope"] = "Cluster"
    files = [written(tmp_path, "a.yaml", definition()), written(tmp_path, "b.yaml", other)]
    with pytest.raises(SourceError) as caught:
        read_crds(files)
    assert str(caught.value) == (
        f"{files[1]}: things.example.com is defined differently in {files[0]};"
        " name only one of the files"
    )


def test_one_kind_in_two_definitions_is_an_error(tmp_path: Path) -> None:
    file = written(tmp_path, "a.yaml", definition(), definition(plural="thingies"))
    with pytest.raises(SourceError, match=r"thingies\.example\.com and things\.example\.com"):
        read_crds([file])


@pytest.mark.parametrize(
    "text",
    [
        "{{- if .Values.crds }}\napiVersion: v1\n{{- end }}\n",
        "metadata:\n  name: {{ .Values.name }}\n",
        yaml.safe_dump(definition(group="{{ .Values.group }}")),
    ],
    ids=["control", "value", "quoted"],
)
def test_templates_are_refused_as_such(tmp_path: Path, text: str) -> None:
    (tmp_path / "t.yaml").write_text(text)
    with pytest.raises(SourceError, match=r"this looks like a template, .*; render it first: helm"):
        read_crds([str(tmp_path)])


def test_braces_in_a_description_make_no_template(tmp_path: Path) -> None:
    crd = definition()
    schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    schema["description"] = "{{ .cluster.name }}"
    (document,) = read_crds([written(tmp_path, "a.yaml", crd)]).documents.group_versions
    assert document.schemas["com.example.v1.Thing"].description == "{{ .cluster.name }}"


def test_old_definitions_are_refused_with_a_remedy(tmp_path: Path) -> None:
    crd = {**definition(), "apiVersion": "apiextensions.k8s.io/v1beta1"}
    with pytest.raises(
        SourceError, match=r"'apiextensions\.k8s\.io/v1beta1' is not read.*; convert"
    ):
        read_crds([written(tmp_path, "a.yaml", crd)])


Change = Callable[[Any], object]
ODD = [
    "../../etc/passwd",
    "a/b",
    "a\nb",
    "a\0b",
    "",
    "Ünï",
    "x; import os",
    "-a",
    "a" * 64,
    "a'b",
    7,
]


@pytest.mark.parametrize("odd", ODD, ids=repr)
@pytest.mark.parametrize("place", ["group", "plural", "singular", "kind", "listKind", "version"])
def test_no_odd_name_gets_through(tmp_path: Path, place: str, odd: object) -> None:
    crd = definition()
    if place == "group":
        crd["spec"]["group"] = odd if odd != "a" * 64 else "a"
    elif place == "version":
        crd["spec"]["versions"][0]["name"] = odd
    else:
        crd["spec"]["names"][place] = odd
    crd["metadata"]["name"] = f"{crd['spec']['names']['plural']}.{crd['spec']['group']}"
    file = written(tmp_path, "a.yaml", crd)
    if place in ("singular", "listKind") and odd == "":
        assert read_crds([file]).definitions == 1  # a server takes it as left out
        return
    with pytest.raises(SourceError) as caught:
        read_crds([file])
    assert str(caught.value).startswith(f"{file}: spec.")
    assert str(caught.value).isprintable()


def no_versions(crd: Any) -> None:
    crd["spec"]["versions"] = []


def same_version_twice(crd: Any) -> None:
    crd["spec"]["versions"] *= 2


def no_schema(crd: Any) -> None:
    del crd["spec"]["versions"][0]["schema"]


def text_for_spec(crd: Any) -> None:
    crd["spec"] = "x"


def list_for_names(crd: Any) -> None:
    crd["spec"]["names"] = []


def served_text(crd: Any) -> None:
    crd["spec"]["versions"][0]["served"] = "yes"


def column_without_path(crd: Any) -> None:
    crd["spec"]["versions"][0]["additionalPrinterColumns"] = [{"name": "A", "type": "string"}]


def wrong_name(crd: Any) -> None:
    crd["metadata"]["name"] = "other.example.com"


def no_scope(crd: Any) -> None:
    del crd["spec"]["scope"]


def same_list_kind(crd: Any) -> None:
    crd["spec"]["names"]["listKind"] = "Thing"


def array_root(crd: Any) -> None:
    crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["type"] = "array"


def number_for_properties(crd: Any) -> None:
    crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"] = {"spec": 7}


SCHEMA = "spec.versions[0].schema.openAPIV3Schema"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (no_versions, "spec.versions: there is no version"),
        (same_version_twice, "spec.versions[1].name: 'v1' comes twice"),
        (no_schema, f"{SCHEMA}: there is no schema"),
        (text_for_spec, "spec: expected an object, not 'x'"),
        (list_for_names, "spec.names: expected an object, not a list"),
        (served_text, "spec.versions[0].served: expected true or false, not 'yes'"),
        (column_without_path, "additionalPrinterColumns[0].jsonPath: expected text, not null"),
        (wrong_name, "metadata.name: 'other.example.com' has to be 'things.example.com'"),
        (no_scope, "spec.scope: expected Namespaced or Cluster, not ''"),
        (same_list_kind, "spec.names.listKind: has to differ from the kind"),
        (array_root, f"{SCHEMA}.type: the type has to be object"),
        (number_for_properties, f"{SCHEMA}.spec: expected a schema, not 7"),
    ],
)
def test_what_a_server_would_refuse_is_named_with_its_place(
    tmp_path: Path, change: Change, message: str
) -> None:
    crd = definition()
    change(crd)
    with pytest.raises(SourceError) as caught:
        read_crds([written(tmp_path, "a.yaml", crd)])
    assert message in str(caught.value)


def test_the_second_document_of_a_file_is_told_by_its_line(tmp_path: Path) -> None:
    crd = definition()
    number_for_properties(crd)
    file = written(tmp_path, "a.yaml", {"a": 1}, crd)
    with pytest.raises(SchemaError, match="document at line 2") as caught:
        read_crds([file])
    assert SCHEMA in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.yaml", "kind: ConfigMap\n", "there is no CustomResourceDefinition in it"),
        ("a.yaml", "", "there is no CustomResourceDefinition in it"),
        ("a.txt", "", "no *.yaml, *.yml or *.json in this folder"),
    ],
    ids=["other-kinds", "empty", "no-files"],
)
def test_a_folder_without_definitions_is_an_error(
    tmp_path: Path, name: str, content: str, message: str
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(SourceError) as caught:
        read_crds([str(tmp_path)])
    assert str(caught.value).startswith(f"{tmp_path}: {message}")


@pytest.mark.parametrize(
    ("source", "message"),
    [("missing.yaml", "no such file or folder"), ("missing-*.yaml", "matches no file")],
)
def test_missing_files_are_errors(tmp_path: Path, source: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        read_crds([str(tmp_path / source)])


def test_any_json_survives_in_odd_places(tmp_path: Path) -> None:
    file = written(tmp_path, "a.yaml", [1, 2], "text", 7, definition())
    read = read_crds([file])
    assert (read.definitions, read.skipped) == (1, 3)


def test_an_empty_property_is_any_json(tmp_path: Path) -> None:
    crd = definition()
    crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"] = {"spec": None}
    (document,) = read_crds([written(tmp_path, "a.yaml", crd)]).documents.group_versions
    assert document.schemas["com.example.v1.Thing"].properties["spec"] == Schema()
