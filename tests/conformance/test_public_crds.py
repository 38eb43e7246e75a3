"""The public CRDs of well-known projects on a real server, beside the same ones as YAML."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kubewright import connect
from tests.support.apiserver import APIServer
from tests.support.generating import crds_in, files_of, install_crds, kubewright

SHARED = os.environ.get("KUBEWRIGHT_SHARED", "")

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.shared,
    pytest.mark.skipif(not SHARED, reason="KUBEWRIGHT_SHARED names no collection of CRDs"),
]


def test_public_crds_give_the_same_package_as_yaml_and_through_a_server(
    own_api_server: APIServer, tmp_path: Path
) -> None:
    folder = Path(SHARED) / "crds"
    definitions = crds_in(folder)
    assert len(definitions) > 100
    kubeconfig = own_api_server.write_kubeconfig(tmp_path / "kubeconfig")
    with connect(kubeconfig=kubeconfig) as rest:
        install_crds(rest, definitions)
    groups = sorted({definition["spec"]["group"] for definition in definitions})
    live = ["--cluster", "--kubeconfig", str(kubeconfig)]
    live += [word for group in groups for word in ("--include", f"{group}/*")]

    for source, name in ((live, "live"), (["--crd", str(folder)], "files")):
        kubewright("generate", *source, "--package", "made", "--output", tmp_path / name)

    by_yaml, by_server = (files_of(tmp_path / name / "made") for name in ("files", "live"))
    assert by_server.keys() == by_yaml.keys()
    assert [name for name in by_yaml if by_yaml[name] != by_server[name]] == []
