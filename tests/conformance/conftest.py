"""Fixtures of the tests that use the generated clients against a real API server."""

import json
from collections.abc import Iterator

import pytest

from kubewright import connect
from kubewright.rest.client import RESTClient
from kubewright_k8s import Clientset
from tests.support.apiserver import Endpoint


@pytest.fixture(scope="session")
def rest(api_server: Endpoint) -> Iterator[RESTClient]:
    """The admin's connection to the API server that all tests share."""
    with connect(kubeconfig=json.loads(api_server.kubeconfig_text())) as client:
        yield client


@pytest.fixture(scope="session")
def clientset(rest: RESTClient) -> Clientset:
    """Typed clients of the built-in APIs."""
    return Clientset(rest)
