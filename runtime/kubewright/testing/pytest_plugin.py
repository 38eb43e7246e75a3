"""Fixtures for pytest, loaded only where a suite asks for them.

.. code-block:: python

    # conftest.py
    pytest_plugins = ["kubewright.testing.pytest_plugin"]

Settings, in the ini file or with ``-o``:

* ``kubewright_package``: the generated package that `clientset` is of; ``kubewright_k8s`` if it is
  not set.
* ``kubewright_require_api_server``: fail instead of skip where there is no kube-apiserver.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import pytest

from kubewright.testing.api_server import APIServer
from kubewright.testing.api_server_program import APIServerUnavailableError, find_binaries
from kubewright.testing.cluster import FakeCluster

__all__ = ["api_server", "clientset", "fake_cluster", "kubewright_package"]

_PACKAGE = "kubewright_package"
_REQUIRED = "kubewright_require_api_server"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the settings."""
    about = "the generated package that the fixture clientset is of"
    parser.addini(_PACKAGE, about, default="kubewright_k8s")
    about = "fail where the fixture api_server finds no kube-apiserver, instead of skipping"
    parser.addini(_REQUIRED, about, type="bool", default=False)


@pytest.fixture(scope="session")
def kubewright_package(request: pytest.FixtureRequest) -> str:
    """The import name of the generated package; override it where a setting does not do."""
    return str(request.config.getini(_PACKAGE))


@pytest.fixture
def fake_cluster() -> Iterator[FakeCluster]:
    """An API server in memory, for this test alone."""
    cluster = FakeCluster()
    yield cluster
    cluster.close()


@pytest.fixture
def clientset(fake_cluster: FakeCluster, kubewright_package: str) -> Any:
    """The package's `FakeClientset`, on the `fake_cluster` of the test."""
    try:
        module = importlib.import_module(f"{kubewright_package}.fake")
    except ModuleNotFoundError as error:
        pytest.fail(
            f"no module {error.name}: set {_PACKAGE} to a package that kubewright generated",
            pytrace=False,
        )
    return module.FakeClientset(cluster=fake_cluster)


@pytest.fixture(scope="session")
def api_server(request: pytest.FixtureRequest) -> Iterator[APIServer]:
    """A real kube-apiserver, one for the run, or for each worker of pytest-xdist.

    It skips the test where neither ``KUBEBUILDER_ASSETS`` nor ``PATH`` has the binaries, unless the
    setting says that they must be there.
    """
    try:
        program = find_binaries()
    except APIServerUnavailableError as error:
        if request.config.getini(_REQUIRED):
            pytest.fail(str(error), pytrace=False)
        pytest.skip(str(error))
    with APIServer(program=program) as server:
        yield server
