"""Fixtures of the tests that use the generated clients against a real API server."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kubewright import connect
from kubewright.config.loader import load_config
from kubewright.rest.client import RESTClient
from kubewright_k8s import Clientset
from tests.support.apiserver import Endpoint
from tests.support.generating import crds_in, importable, install_crds, kubewright

CRDS = Path(__file__).parent / "crds"


@pytest.fixture(scope="session")
def rest(api_server: Endpoint) -> Iterator[RESTClient]:
    """The admin's connection to the API server that all tests share."""
    with connect(kubeconfig=json.loads(api_server.kubeconfig_text())) as client:
        yield client


@pytest.fixture(scope="session")
def clientset(rest: RESTClient) -> Clientset:
    """Typed clients of the built-in APIs."""
    return Clientset(rest)


@pytest.fixture(scope="session")
def in_protobuf(api_server: Endpoint) -> Iterator[Clientset]:
    """Typed clients that speak protobuf where the server does."""
    config = load_config(json.loads(api_server.kubeconfig_text()))
    with connect(replace(config, protobuf=True)) as client:
        yield Clientset(client)


@pytest.fixture(scope="session")
def shop(
    rest: RESTClient, api_server: Endpoint, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """Typed clients of hand-written CRDs, generated from the server that serves them."""
    install_crds(rest, crds_in(CRDS))
    root = tmp_path_factory.mktemp("shop")
    kubeconfig = api_server.write_kubeconfig(root / "kubeconfig")
    only = ["--include", "shop.example/*", "--include", "garden.shop.example/*"]
    where = ["--package", "shop_package", "--output", str(root)]
    kubewright("generate", "--cluster", "--kubeconfig", kubeconfig, *only, *where)
    with importable(root, "shop_package") as package:
        yield package.Clientset(rest)
