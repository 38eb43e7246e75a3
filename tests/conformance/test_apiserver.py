"""The harness itself: what other tests take for granted about the real API server."""

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPSConnection
from pathlib import Path

import pytest

from tests.support.apiserver import APIServer, APIServerUnavailableError, Endpoint

pytestmark = pytest.mark.conformance

ROOT = Path(__file__).resolve().parents[2]
DISCOVERY_V2 = {"Accept": "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"}


@pytest.fixture
def running(own_api_server: APIServer) -> Iterator[APIServer]:
    if not own_api_server.pids:
        own_api_server.start()
    yield own_api_server
    own_api_server.resume()


def put_namespace(endpoint: Endpoint, name: str) -> None:
    assert endpoint.call("POST", "/api/v1/namespaces", {"metadata": {"name": name}}).status == 201


def namespace_status(endpoint: Endpoint, name: str) -> int:
    return endpoint.call("GET", f"/api/v1/namespaces/{name}").status


def test_each_test_has_an_empty_namespace(api_server: Endpoint, namespace: str) -> None:
    answer = api_server.call("GET", f"/api/v1/namespaces/{namespace}/configmaps")

    assert answer.json()["items"] == []


def test_workers_of_one_run_share_one_server(api_server: Endpoint) -> None:
    assert api_server.call("GET", "/readyz").body == b"ok"


@pytest.mark.parametrize("path", ["/api", "/apis"], ids=["core", "groups"])
def test_aggregated_discovery_is_served(api_server: Endpoint, path: str) -> None:
    answer = api_server.call("GET", path, headers=DISCOVERY_V2)

    assert answer.json()["kind"] == "APIGroupDiscoveryList"
    assert answer.json()["items"]


def test_every_openapi_document_of_the_index_is_served(api_server: Endpoint) -> None:
    index = api_server.call("GET", "/openapi/v3").json()["paths"]

    statuses = {
        path: api_server.call("GET", entry["serverRelativeURL"]).status
        for path, entry in index.items()
    }

    assert statuses == dict.fromkeys(index, 200)


def test_the_plain_user_may_read_nothing(api_server: Endpoint) -> None:
    answer = api_server.call("GET", "/api/v1/pods", token=api_server.plain_token)

    assert (answer.status, answer.json()["reason"]) == (403, "Forbidden")


def test_an_unknown_token_is_not_accepted(api_server: Endpoint) -> None:
    assert api_server.call("GET", "/api/v1/pods", token="wrong").status == 401


def test_a_client_certificate_carries_user_and_group(api_server: Endpoint, tmp_path: Path) -> None:
    certificate, key = api_server.client_certificate("alice", "devs")
    pair = tmp_path / "pair.pem"
    pair.write_bytes(certificate + key)
    context = ssl.create_default_context(cadata=api_server.ca_data.decode())
    context.load_cert_chain(pair)
    connection = HTTPSConnection("127.0.0.1", api_server.port, context=context, timeout=10)
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}

    connection.request(
        "POST",
        "/apis/authentication.k8s.io/v1/selfsubjectreviews",
        json.dumps(review),
        {"Content-Type": "application/json"},
    )
    user = json.loads(connection.getresponse().read())["status"]["userInfo"]
    connection.close()

    assert (user["username"], user["groups"]) == ("alice", ["devs", "system:authenticated"])


def test_a_kubeconfig_names_server_ca_and_user(api_server: Endpoint, tmp_path: Path) -> None:
    path = api_server.write_kubeconfig(tmp_path / "config", namespace="prod")

    config = json.loads(path.read_text())

    assert config["clusters"][0]["cluster"]["server"] == api_server.url
    assert config["users"][0]["user"] == {"token": api_server.token}
    assert config["contexts"][0]["context"]["namespace"] == "prod"
    assert path.stat().st_mode & 0o777 == 0o600


def test_state_and_address_outlive_a_kill(running: APIServer) -> None:
    put_namespace(running.endpoint, "before-kill")

    running.kill()
    running.start()

    assert namespace_status(running.endpoint, "before-kill") == 200


def test_state_and_address_outlive_a_restart(running: APIServer) -> None:
    put_namespace(running.endpoint, "before-restart")

    running.restart()

    assert namespace_status(running.endpoint, "before-restart") == 200


def test_an_orderly_stop_ends_open_watches(running: APIServer) -> None:
    context = ssl.create_default_context(cadata=running.ca_data.decode())
    port = running.endpoint.port
    connection = HTTPSConnection("127.0.0.1", port, context=context, timeout=10)
    headers = {"Authorization": f"Bearer {running.token}"}
    connection.request("GET", "/api/v1/configmaps?watch=1&resourceVersion=0", headers=headers)
    with connection.getresponse() as watch:
        running.stop()

        ended = watch.read()  # a server that was killed leaves an error here

    connection.close()
    assert all(json.loads(line)["type"] == "ADDED" for line in ended.splitlines())


def test_a_paused_server_accepts_connections_and_does_not_answer(running: APIServer) -> None:
    running.pause()

    with pytest.raises(TimeoutError):
        running.endpoint.call("GET", "/readyz", timeout=0.5)

    running.resume()
    assert running.endpoint.call("GET", "/readyz").status == 200


def test_a_paused_server_can_be_stopped(running: APIServer) -> None:
    (pid,) = running.pids[-1:]
    running.pause()

    running.stop()

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_temporary_folder_goes_with_the_server() -> None:
    with APIServer() as server:
        folder = server.log.parent

    assert not folder.exists()


def test_a_server_that_does_not_come_up_shows_the_end_of_its_log() -> None:
    server = APIServer(flags=("--no-such-flag",))

    with (
        pytest.raises(
            APIServerUnavailableError, match=r"ended with exit code 1;(?s:.*)unknown flag"
        ),
        server,
    ):
        pass

    assert (server.pids, server.log.parent.exists()) == ((), False)


def test_a_server_dies_with_its_owner() -> None:
    owner = subprocess.Popen(
        [sys.executable, "-m", "tests.support.apiserver"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout is not None
    kubeconfig = json.loads(Path(owner.stdout.readline().strip()).read_text())
    url: str = kubeconfig["clusters"][0]["cluster"]["server"]
    with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), 10) as connection:
        owner.send_signal(signal.SIGKILL)
        owner.wait()
        owner.stdout.close()

        try:
            end = connection.recv(1)
        except ConnectionResetError:
            end = b""

    assert end == b""
