"""A server that lists some pods and then floods whoever watches: the same bytes for every client.

The pods are those of the real server, read from it once, so what is parsed is what a cluster sends.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from tests.support.apiserver import Endpoint

__all__ = ["FloodServer", "flood_of", "pods_of"]

_VERSION = re.compile(rb'"resourceVersion":"[0-9]+"')
_BATCH = 64  # events in one write


def pods_of(endpoint: Endpoint, count: int) -> list[bytes]:
    """Read pods from a real server, each as JSON of its own."""
    answer = endpoint.call("GET", f"/api/v1/pods?limit={count}", timeout=60).json()
    return [
        json.dumps({"kind": "Pod", "apiVersion": "v1", **pod}, separators=(",", ":")).encode()
        for pod in answer["items"]
    ]


class _Http(ThreadingHTTPServer):
    # hundreds of informers begin at once: who is not let in tries again after a second, which
    # would be a figure of the kernel and not of the client
    request_queue_size = 1024
    daemon_threads = True
    block_on_close = False


class FloodServer:
    """Serves one list of pods, and events of them.

    Attributes:
        events: how many each watch sends.
        version: of the list; the watch of a list of an older version is told that it is gone.
    """

    def __init__(self, pods: Sequence[bytes], events: int) -> None:
        self.events = events
        self.version = 1
        self.changed = threading.Condition()
        self._pods = pods
        self._list = b",".join(pods)
        # made before anybody measures
        self._batches = list(self._made())
        self.closing = threading.Event()
        server = self

        class Handler(_Handler):
            served = server

        self._http = _Http(("127.0.0.1", 0), Handler)
        self._moved_at = self._asked_at = 0.0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._http.server_port}"

    def listed(self) -> bytes:
        """The answer to a list."""
        head = b'{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"%d"},"items":['
        return head % self.version + self._list + b"]}"

    @property
    def pause(self) -> float:
        """Seconds from the moment when the version was forgotten to the next list."""
        return self._asked_at - self._moved_at

    def move_on(self) -> None:
        """Forget the version, and tell who watches."""
        with self.changed:
            self.version += 1
            self._moved_at = time.perf_counter()
            self.changed.notify_all()

    def note_list(self) -> None:
        """A list is asked for."""
        if self._asked_at <= self._moved_at:
            self._asked_at = time.perf_counter()

    @property
    def batches(self) -> Sequence[bytes]:
        """The events, in chunks as an API server sends them: one an event."""
        return self._batches

    def _made(self) -> Generator[bytes]:
        batch: list[bytes] = []
        for number in range(self.events):
            pod = self._pods[number % len(self._pods)]
            version = b'"resourceVersion":"%d"' % (1_000_000_000 + number)
            frame = b'{"type":"MODIFIED","object":' + _VERSION.sub(version, pod, count=1) + b"}\n"
            batch.append(b"%x\r\n%b\r\n" % (len(frame), frame))
            if len(batch) == _BATCH:
                yield b"".join(batch)
                batch = []
        yield b"".join(batch)

    @contextmanager
    def running(self) -> Generator[FloodServer]:
        """Serve while the block runs."""
        thread = threading.Thread(target=self._http.serve_forever, args=[0.1])
        thread.start()
        try:
            yield self
        finally:
            self.closing.set()
            with self.changed:
                self.changed.notify_all()
            self._http.shutdown()
            self._http.server_close()
            thread.join()


def flood_of(pods: Sequence[bytes], events: int) -> FloodServer:
    """Return a server of a few pods that sends many events."""
    return FloodServer(pods[:200], events)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    served: FloodServer

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        if parts.path == "/relist":
            self.served.move_on()
            self._answer(200, b"{}")
        elif not parts.path.endswith("/pods"):
            self._answer(404, b'{"kind":"Status","status":"Failure","code":404}')
        elif query.get("watch") not in ("true", "1"):
            self.served.note_list()
            self._answer(200, self.served.listed())
        elif "sendInitialEvents" in query:
            self._answer(422, b'{"kind":"Status","status":"Failure","reason":"Invalid","code":422}')
        else:
            self._watch(int(query["resourceVersion"]))

    def _watch(self, version: int) -> None:
        server = self.served
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if version < 1_000_000_000:
            for batch in server.batches:
                self.wfile.write(batch)
        with server.changed:
            server.changed.wait_for(lambda: server.closing.is_set() or server.version > version)
        if not server.closing.is_set():
            gone = (
                b'{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","status":"Failure",'
                b'"reason":"Expired","message":"too old","code":410}}\n'
            )
            self.wfile.write(b"%x\r\n%b\r\n0\r\n\r\n" % (len(gone), gone))
        self.close_connection = True

    def _answer(self, code: int, body: bytes) -> None:
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass
