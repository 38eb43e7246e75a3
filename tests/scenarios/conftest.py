"""Fixtures: either server with the definitions that the cases share, and what was written down."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator

import pytest

from kubewright import connect
from kubewright.rest.client import RESTClient
from kubewright.testing import FakeCluster
from tests.scenarios.expected import Answers, write_down
from tests.scenarios.harness import Server
from tests.scenarios.objects import shared_crds
from tests.scenarios.topics import SCENARIOS
from tests.support.apiserver import Endpoint
from tests.support.generating import install_crds

pytest.register_assert_rewrite("tests.scenarios.model")

FAKE, REAL = "fake", "real"


@pytest.fixture(scope="session")
def real(api_server: Endpoint) -> Iterator[RESTClient]:
    with connect(kubeconfig=json.loads(api_server.kubeconfig_text())) as client:
        install_crds(client, shared_crds())
        yield client


@pytest.fixture(scope="session")
def learned() -> Iterator[dict[str, Answers] | None]:
    """Where the real server's answers go when they are to be written down."""
    found: dict[str, Answers] = {}
    is_wanted = bool(os.environ.get("KUBEWRIGHT_UPDATE_GOLDEN"))
    yield found if is_wanted else None
    if is_wanted:
        write_down(found, frozenset(SCENARIOS))


@pytest.fixture(params=[FAKE, pytest.param(REAL, marks=pytest.mark.conformance)])
def server(request: pytest.FixtureRequest) -> Server:
    """One of the servers, with a namespace of the test's own."""
    name = f"test-{secrets.token_hex(4)}"
    namespace = {"metadata": {"name": name}}
    if request.param == REAL:
        client: RESTClient = request.getfixturevalue("real")
        made = Server(client.transport, name, is_fake=False)
    else:
        cluster = FakeCluster(require_namespaces=True)
        for crd in shared_crds():
            cluster.add_crd(crd)
        made = Server(cluster, name, is_fake=True)
    made.given("POST", "/api/v1/namespaces", namespace)
    return made
