"""Folders of manifests become the state of a cluster, and the state becomes manifests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from kubewright.testing import FakeCluster, ManifestError, ManualClock
from kubewright_k8s import Clientset
from kubewright_k8s.core_v1 import ConfigMap
from tests.support.fake_cluster import website_crd

SITE = """
apiVersion: web.example.com/v1
kind: Website
metadata: {name: home, namespace: web}
spec: {domain: a.example.com, image: nginx}
"""
MAPS = """\
apiVersion: v1
kind: ConfigMapList
items:
- metadata: {name: a}
- metadata: {name: b, namespace: web}
  data: {word: "on", number: "012", text: "two\\nlines"}
---
---
{"apiVersion": "v1", "kind": "List", "items": [
  {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "web"}}]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A site, whose definition is in a file that comes later and deeper."""
    (tmp_path / "a-site.yaml").write_text(SITE)
    (tmp_path / "maps.yml").write_text(MAPS)
    (tmp_path / "notes.txt").write_text("no manifest")
    (tmp_path / "z" / "deep").mkdir(parents=True)
    (tmp_path / "z" / "deep" / "crd.yaml").write_text(yaml.safe_dump(website_crd()))
    return tmp_path


def _names(objects: list[dict[str, Any]]) -> list[str]:
    metadata = [obj["metadata"] for obj in objects]
    return ["/".join(filter(None, (m.get("namespace"), m["name"]))) for m in metadata]


def test_a_folder_is_loaded_in_any_order_of_its_files(folder: Path) -> None:
    cluster = FakeCluster()
    cluster.load(folder)

    names = ["default/a", "web/b", "web", "websites.web.example.com", "web/home"]
    assert _names(cluster.dump()) == names
    assert cluster.requests == []


def test_what_was_loaded_is_read_by_clients(folder: Path) -> None:
    cluster = FakeCluster()
    cluster.load(folder / "maps.yml")

    found = Clientset(cluster.rest).core_v1.config_maps("web").get("b")

    assert found.data == {"word": "on", "number": "012", "text": "two\nlines"}


@pytest.mark.parametrize("server_fields", [False, True])
def test_what_is_written_is_the_state_when_it_is_loaded(
    folder: Path, tmp_path: Path, server_fields: bool
) -> None:
    cluster, other = FakeCluster(clock=ManualClock()), FakeCluster(clock=ManualClock())
    cluster.load(folder)

    files = cluster.write_manifests(tmp_path / "out", server_fields=server_fields)
    other.load(tmp_path / "out")

    assert {"configmap.yaml", "website.web.example.com.yaml"} <= {file.name for file in files}
    assert other.dump() == cluster.dump()


def test_the_same_state_is_the_same_bytes(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    texts: list[list[bytes]] = []
    for name in ("one", "two"):
        cluster = FakeCluster(clock=ManualClock())
        cluster.load(folder)
        texts.append(
            [f.read_bytes() for f in cluster.write_manifests(tmp_path_factory.mktemp(name))]
        )

    assert texts[0] == texts[1]
    assert texts[0][0].startswith(b"---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n")


def test_server_fields_are_there_if_wanted() -> None:
    cluster = FakeCluster(new_uid=lambda: "uid-1")
    cluster.add(ConfigMap.from_wire({"metadata": {"name": "a"}}))

    (plain,), full = cluster.dump(), cluster.dump(server_fields=True)

    assert plain["metadata"] == {"name": "a", "namespace": "default"}
    assert full[0]["metadata"]["uid"] == "uid-1"
    assert "kube-system" in _names(full)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", r"bad\.yaml: line 2: no YAML"),
        ("kind: Pod\n---\n5", r"bad\.yaml: document 1: the object has no apiVersion"),
        ("- 5", r"bad\.yaml: document 1: 5 is no Kubernetes object"),
        ("apiVersion: v1\nkind: Pod\n", r"bad\.yaml: document 1: the Pod has no metadata\.name"),
        (
            f"apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\n---{SITE}",
            r"bad\.yaml: document 2: the object web\.example\.com/v1 Website is of no kind that is "
            r"served; load its CustomResourceDefinition as well",
        ),
        (
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
            "metadata: {name: a.b}\nspec: {group: b}",
            r"bad\.yaml: document 1: .*spec\.scope: Required value",
        ),
        (
            "{apiVersion: v1, kind: Pod, metadata: {name: a}}\n---\n" * 2,
            r"bad\.yaml: document 2: the Pod a is in \S+bad\.yaml \(document 1\) too; keep one",
        ),
    ],
    ids=["no YAML", "no version", "no object", "no name", "no kind", "no definition", "twice"],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(text)

    with pytest.raises(ManifestError, match=message):
        FakeCluster().load(file)


def test_a_path_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"absent\.yaml: cannot be read: No such file"):
        FakeCluster().load(tmp_path / "absent.yaml")


def test_a_folder_must_hold_manifests(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"the folder holds no \.yaml, \.yml or \.json file"):
        FakeCluster().load(tmp_path)
