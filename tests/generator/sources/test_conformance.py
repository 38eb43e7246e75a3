"""A CRD says the same as a file and through the real API server that serves it."""

import time
from pathlib import Path

import pytest

from kubewright.rest.client import RESTClient
from kubewright.rest.config import Config
from kubewright.rest.credentials import Credentials, StaticCredentials
from kubewright.schema import GroupVersion
from kubewright_gen.documents import GroupVersionDocument
from kubewright_gen.sources.cluster import read_cluster
from kubewright_gen.sources.crd import read_crds
from kubewright_gen.sources.yaml_documents import load_documents
from tests.support.apiserver import Endpoint

pytestmark = pytest.mark.conformance

FILE = Path(__file__).parent / "crds" / "gadgets.yaml"
V1 = GroupVersion("kubewright.example.com", "v1")
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
PUBLISHED_WITHIN = 60.0  # seconds; the server does it in one or two


@pytest.fixture(scope="module")
def rest(api_server: Endpoint) -> RESTClient:
    credentials = StaticCredentials(Credentials(token=api_server.token))
    return RESTClient.for_config(
        Config(host=api_server.url, ca_data=api_server.ca_data, credentials=credentials)
    )


@pytest.fixture(scope="module")
def served(api_server: Endpoint, rest: RESTClient) -> GroupVersionDocument:
    """What the server publishes of the CRDs in the file, once it has got round to it."""
    for value, _ in load_documents(FILE.read_bytes(), str(FILE)):
        for item in value["items"] if value["kind"] == "List" else [value]:
            if item["kind"] == "CustomResourceDefinition":
                answer = api_server.call("POST", DEFINITIONS, item)
                assert answer.status in (201, 409), answer.body
    deadline = time.monotonic() + PUBLISHED_WITHIN
    while True:
        for document in read_cluster(rest).group_versions:
            complete = len(document.resources) == 2 and {"Gadget", "Gizmo"} <= {
                name.rpartition(".")[2] for name in document.schemas
            }
            if document.group_version == V1 and complete:
                return document
        assert time.monotonic() < deadline, "the server does not publish the definitions"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def written() -> GroupVersionDocument:
    (document,) = read_crds([str(FILE)]).documents.group_versions
    return document


def test_the_resources_are_the_same(
    served: GroupVersionDocument, written: GroupVersionDocument
) -> None:
    assert served.resources == written.resources


def test_the_schemas_are_the_same(
    served: GroupVersionDocument, written: GroupVersionDocument
) -> None:
    own = {name: served.schemas[name] for name in written.schemas}
    assert own == written.schemas


def test_a_server_publishes_nothing_more_but_its_own_types(
    served: GroupVersionDocument, written: GroupVersionDocument
) -> None:
    more = served.schemas.keys() - written.schemas.keys()
    assert {name for name in more if not name.startswith("io.k8s.")} == set()


def test_the_built_in_apis_are_all_read(rest: RESTClient) -> None:
    documents = read_cluster(rest)
    built_in = [
        document
        for document in documents.group_versions
        if "." not in document.group_version.group
        or document.group_version.group.endswith(".k8s.io")
    ]
    assert len(built_in) >= 23
    assert all(document.resources and document.schemas for document in built_in)
