"""Fixtures of all tests: a real API server for the run, and a namespace in it for each test."""

import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

from tests.support.apiserver import APIServer, Endpoint
from tests.support.apiserver_shared import SharedAPIServer, ask_for_endpoint

_SHARED = pytest.StashKey[SharedAPIServer]()
_ADDRESS = "kubewright_apiserver"

# how long an example takes says more of the machine than of the code
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell each worker of pytest-xdist where to ask for the API server of the run."""
    stash: pytest.Stash = node.config.stash
    if _SHARED not in stash:
        stash[_SHARED] = SharedAPIServer()
    node.workerinput[_ADDRESS] = stash[_SHARED].address


def pytest_unconfigure(config: pytest.Config) -> None:
    if _SHARED in config.stash:
        config.stash[_SHARED].close()


@pytest.fixture(scope="session")
def api_server(request: pytest.FixtureRequest) -> Iterator[Endpoint]:
    """A real kube-apiserver, one for the run; what it holds is shared with every other test."""
    workerinput: dict[str, Any] | None = getattr(request.config, "workerinput", None)
    if workerinput is not None:
        yield ask_for_endpoint(workerinput[_ADDRESS])
        return
    with APIServer() as server:
        yield server.endpoint


@pytest.fixture(scope="module")
def own_api_server() -> Iterator[APIServer]:
    """A real kube-apiserver for one module, whose tests may pause, kill and restart it."""
    with APIServer() as server:
        yield server


@pytest.fixture
def namespace(api_server: Endpoint) -> str:
    """A namespace of the test's own; it stays, as no controller would finish its deletion."""
    name = f"test-{secrets.token_hex(4)}"
    answer = api_server.call("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
    assert answer.status == 201, answer.body
    return name
