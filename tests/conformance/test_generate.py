"""Packages from a real server, beside the same ones from files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kubewright import connect
from kubewright.rest.client import RESTClient
from kubewright_k8s import Clientset
from kubewright_k8s.apiregistration_v1 import APIService
from tests.support.apiserver import APIServer
from tests.support.apiserver_program import KUBERNETES_VERSION
from tests.support.generating import (
    crds_in,
    files_of,
    importable,
    install_crds,
    kubewright,
)

pytestmark = pytest.mark.conformance

ROOT = Path(__file__).resolve().parents[2]
CRDS = Path(__file__).parent / "crds"
LIMIT = 30.0  # seconds until a server counts as hung


@pytest.fixture(scope="module")
def kubeconfig(own_api_server: APIServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return own_api_server.write_kubeconfig(tmp_path_factory.mktemp("config") / "kubeconfig")


@pytest.fixture(scope="module")
def rest(kubeconfig: Path) -> Iterator[RESTClient]:
    with connect(kubeconfig=kubeconfig) as client:
        yield client


# Nothing is taken away again: a server can go on describing for minutes what it just dropped.
# So each test selects what it is about, and every group of a test ends in ".example".
@pytest.fixture(scope="module")
def with_crds(kubeconfig: Path, rest: RESTClient) -> Path:
    """The kubeconfig of a server that serves the hand-written CRDs."""
    install_crds(rest, crds_in(CRDS))
    return kubeconfig


def in_group(group: str) -> dict[str, Any]:
    """A CRD of a group of its own."""
    (definition,) = crds_in(CRDS / "series.yaml")
    spec = {**definition["spec"], "group": group}
    return {**definition, "metadata": {"name": f"series.{group}"}, "spec": spec}


def from_cluster(kubeconfig: Path, output: Path, *more: str) -> Path:
    live = ["--cluster", "--kubeconfig", str(kubeconfig), "--package", "made"]
    kubewright("generate", *live, "--output", output, *more)
    return output / "made"


def test_the_committed_package_is_what_a_server_gives(
    own_api_server: APIServer, with_crds: Path, tmp_path: Path
) -> None:
    version = own_api_server.endpoint.call("GET", "/version").json()["gitVersion"]
    if version != f"v{KUBERNETES_VERSION}":
        pytest.skip(f"the server is {version}, the package of v{KUBERNETES_VERSION}")
    live = ["--cluster", "--kubeconfig", str(with_crds), "--exclude", "*.example/*"]

    kubewright("generate", *live, "--package", "kubewright_k8s", "--output", tmp_path)

    committed = files_of(ROOT / "generated" / "kubewright_k8s")
    assert files_of(tmp_path / "kubewright_k8s") == committed


def test_check_finds_a_package_current_until_the_server_changes(
    rest: RESTClient, kubeconfig: Path, tmp_path: Path
) -> None:
    only = ["--include", "*.check.example/*"]
    live = ["--cluster", "--kubeconfig", str(kubeconfig), "--package", "made", *only]
    check = ["generate", *live, "--output", str(tmp_path), "--check"]
    install_crds(rest, [in_group("first.check.example")])
    before = files_of(from_cluster(kubeconfig, tmp_path, *only))
    current = kubewright(*check)
    install_crds(rest, [in_group("second.check.example")])

    stale = kubewright(*check, expect=1)

    assert "up to date" in current.stdout
    assert "+    from made.second_check_example_v1 import" in stale.stdout
    assert files_of(tmp_path / "made") == before


def test_crds_give_the_same_package_as_yaml_and_through_a_server(
    with_crds: Path, tmp_path: Path
) -> None:
    live = from_cluster(with_crds, tmp_path / "live", "--include", "*shop.example/*")
    kubewright("generate", "--crd", CRDS, "--package", "made", "--output", tmp_path / "files")

    assert files_of(live) == files_of(tmp_path / "files" / "made")


def test_a_cluster_and_files_make_one_package(kubeconfig: Path, tmp_path: Path) -> None:
    file = tmp_path / "series.json"
    file.write_text(json.dumps(in_group("file.example")))

    from_cluster(
        kubeconfig,
        tmp_path,
        *("--crd", str(file), "--include", "apps/v1", "--include", "file.example/*"),
    )

    with importable(tmp_path, "made") as package:
        clientset = package.Clientset(None)
        assert clientset.apps_v1.deployments.info.kind.kind == "Deployment"
        assert clientset.file_example_v1.series.info.kind.kind == "Series"


def test_two_fetches_write_the_same_bytes(kubeconfig: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        kubewright("fetch", "--kubeconfig", kubeconfig, "--output", tmp_path / name)
        kubewright("fetch", "--kubeconfig", kubeconfig, "--output", tmp_path / f"{name}.tar.xz")

    assert files_of(tmp_path / "one") == files_of(tmp_path / "two")
    assert (tmp_path / "one.tar.xz").read_bytes() == (tmp_path / "two.tar.xz").read_bytes()
    assert files_of(tmp_path / "one") != {}


@pytest.mark.parametrize("name", ["dump", "dump.tar.xz"], ids=["folder", "archive"])
def test_saved_documents_give_the_package_of_the_server(
    with_crds: Path, tmp_path: Path, name: str
) -> None:
    dump = tmp_path / name
    only = ["--include", "*shop.example/*", "--include", "apps/v1"]
    kubewright("fetch", "--kubeconfig", with_crds, "--output", dump)

    live = from_cluster(with_crds, tmp_path / "live", *only)
    saved = ["--openapi", str(dump), "--package", "made", "--output", str(tmp_path / "saved")]
    kubewright("generate", *saved, *only)

    assert files_of(tmp_path / "saved" / "made") == files_of(live)


def test_an_aggregated_api_that_is_down_is_reported_and_the_rest_goes_on(
    rest: RESTClient, kubeconfig: Path, tmp_path: Path
) -> None:
    clientset = Clientset(rest)
    services = clientset.apiregistration_v1.api_services
    down = {
        "metadata": {"name": "v1.nowhere.example"},
        "spec": {
            "group": "nowhere.example",
            "version": "v1",
            "groupPriorityMinimum": 1,
            "versionPriority": 1,
            "insecureSkipTLSVerify": True,
            "service": {"namespace": "default", "name": "nothing"},
        },
    }
    services.create(APIService.from_wire(down))
    with services.watch(timeout=LIMIT) as events:
        assert any(
            event.object.metadata.name == "v1.nowhere.example" and event.object.status.conditions
            for event in events
        )
    try:
        live = ["--cluster", "--kubeconfig", str(kubeconfig), "--include", "apps/v1"]
        where = ["--package", "made", "--output", str(tmp_path)]
        done = kubewright("generate", *live, *where)
    finally:
        services.delete("v1.nowhere.example")

    assert "nowhere.example" in done.stderr
    assert (tmp_path / "made" / "apps_v1" / "models.py").exists()


def test_a_server_that_cannot_be_reached_is_one_line(tmp_path: Path, kubeconfig: Path) -> None:
    config = json.loads(kubeconfig.read_text())
    config["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    away = tmp_path / "kubeconfig"
    away.write_text(json.dumps(config))
    where = ["--package", "made", "--output", str(tmp_path)]

    done = kubewright("generate", "--cluster", "--kubeconfig", away, *where, expect=1)

    assert len(done.stderr.strip().splitlines()) == 1
    assert "127.0.0.1:1" in done.stderr
    assert not (tmp_path / "made").exists()
