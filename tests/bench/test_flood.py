"""The server of the benchmark adds nothing of its own to what is measured."""

from __future__ import annotations

import json
import socket
import time
import urllib.request
from contextlib import ExitStack
from urllib.parse import urlsplit

from tests.bench.flood import FloodServer


def get(server: FloodServer, path: str) -> bytes:
    with urllib.request.urlopen(server.url + path, timeout=10) as answer:
        return bytes(answer.read())


def test_hundreds_are_let_in_at_once() -> None:
    server = FloodServer([b"{}"], 0)
    port = urlsplit(server.url).port
    with ExitStack() as stack:
        # nobody is served yet
        for _ in range(200):
            client = stack.enter_context(socket.socket())
            client.settimeout(0.5)
            client.connect(("127.0.0.1", port))
        with server.running():
            get(server, "/relist")


def test_the_pause_is_from_the_loss_of_the_version_to_the_next_list() -> None:
    with FloodServer([b"{}"], 0).running() as server:
        get(server, "/api/v1/pods")
        watch = f"{server.url}/api/v1/pods?watch=1&resourceVersion=1"
        with urllib.request.urlopen(watch, timeout=10) as events:
            get(server, "/relist")
            gone = json.loads(events.readline())
        time.sleep(0.1)
        listed = json.loads(get(server, "/api/v1/pods"))
        pause = server.pause
        get(server, "/api/v1/pods")

        assert gone["object"]["reason"] == "Expired"
        assert (listed["metadata"]["resourceVersion"], listed["items"]) == ("2", [{}])
        assert 0.1 <= server.pause == pause
