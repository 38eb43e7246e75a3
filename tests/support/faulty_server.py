"""An API server of one resource over HTTP, with real list and watch semantics and planned faults.

What it holds is the truth that an informer's cache is compared with. A fault is a function that
answers one request instead of the server, most often by doing what the server does and then
breaking it.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from kubewright.rest.client import RESTClient
from kubewright.rest.config import Config

__all__ = ["Connection", "Fault", "FaultyServer", "Wire", "key_of"]

Wire = dict[str, Any]
Key = tuple[str, str]

_BOOKMARK_SECONDS = 0.1
_PATH = "/apis/example.com/v1/"


def key_of(obj: Wire) -> Key:
    """Namespace and name."""
    return obj["metadata"]["namespace"], obj["metadata"]["name"]


class FaultyServer:
    """Holds widgets and answers requests; a context manager.

    Attributes:
        objects: the truth.
        plan: what answers the next requests instead of the server, one each.
        knows_watch_lists: whether it serves ``sendInitialEvents``; if not, it refuses them.
        sends_bookmarks: whether it sends any.
        requests: what was asked, in words.
        down: whether it closes each connection at once.
        streams: watches that are open.
    """

    def __init__(self) -> None:
        self.objects: dict[Key, Wire] = {}
        self.version = 10
        self.compacted = 0
        self.plan: deque[Fault] = deque()
        self.knows_watch_lists = True
        self.sends_bookmarks = True
        self.requests: list[str] = []
        self.down = False
        self.changed = threading.Condition()
        self.history: list[tuple[int, str, Wire]] = []
        self.generation = 0  # of streams: those of an earlier one end
        self.streams = 0  # that are open
        self.closing = threading.Event()
        server = self

        class Handler(Connection):
            served = server

        self._http = _Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, args=[0.05])

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.closing.set()
        self.break_streams()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def put(self, name: str, *, namespace: str = "shop", **more: Any) -> None:
        """Create an object, or change it."""
        with self.changed:
            self.version += 1
            key = namespace, name
            old = self.objects.get(key)
            uid = old["metadata"]["uid"] if old else f"uid-{self.version}"
            metadata = {
                "name": name,
                "namespace": namespace,
                "uid": uid,
                "resourceVersion": str(self.version),
            }
            obj = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": metadata, **more}
            self.objects[key] = obj
            self.history.append((self.version, "MODIFIED" if old else "ADDED", obj))
            self.changed.notify_all()

    def delete(self, name: str, *, namespace: str = "shop") -> None:
        """Delete an object that may not be there."""
        with self.changed:
            old = self.objects.pop((namespace, name), None)
            if old is not None:
                self.version += 1
                metadata = {**old["metadata"], "resourceVersion": str(self.version)}
                self.history.append((self.version, "DELETED", {**old, "metadata": metadata}))
                self.changed.notify_all()

    def compact(self) -> None:
        """Forget all that has happened."""
        with self.changed:
            self.compacted = self.version
            self.history.clear()

    def restore(self, objects: dict[Key, Wire], version: int) -> None:
        """Go back to an older state, as a server whose storage was restored."""
        with self.changed:
            self.objects, self.version, self.compacted = dict(objects), version, 0
            self.history.clear()
            self.generation += 1
            self.changed.notify_all()

    def break_streams(self) -> None:
        """End all watches."""
        with self.changed:
            self.generation += 1
            self.changed.notify_all()

    def stop_listening(self) -> None:
        """Leave a port where nobody listens."""
        self._http.server_close()

    def client(self) -> RESTClient:
        """Connect to it; the client retries nothing by itself."""
        return RESTClient.for_config(Config(host=self.url, max_retries=0))

    def contents(self) -> dict[Key, Wire]:
        """The truth."""
        with self.changed:
            return dict(self.objects)

    def versions(self) -> dict[Key, str]:
        """The truth in short."""
        with self.changed:
            return {key: obj["metadata"]["resourceVersion"] for key, obj in self.objects.items()}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 100

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # clients that go away are what this is for


class Connection(BaseHTTPRequestHandler):
    """One request and the means to answer it, well or badly."""

    protocol_version = "HTTP/1.1"
    served: FaultyServer

    def do_GET(self) -> None:
        server = self.served
        parts = urlsplit(self.path)
        self.query = dict(parse_qsl(parts.query))
        words = parts.path.removeprefix(_PATH).split("/")
        self.namespace = words[1] if words[0] == "namespaces" else None
        self.is_watch = self.query.get("watch") in ("true", "1")
        with server.changed:
            kind = "watch-list" if "sendInitialEvents" in self.query else "watch"
            version = self.query.get("resourceVersion", "")
            server.requests.append(f"{kind if self.is_watch else 'list'} {version}".strip())
            fault = server.plan.popleft() if server.plan else None
        if server.down:
            self.reset()
        elif fault is not None:
            fault(self)
        else:
            self.serve()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def serve(self, events: int | None = None) -> None:
        """Do what the server does; a watch may end after so many events."""
        if not self.is_watch:
            self.send_list()
        elif "sendInitialEvents" in self.query and not self.served.knows_watch_lists:
            self.refuse(422, "Invalid", "sendInitialEvents is forbidden")
        else:
            self.follow(events)

    def send_list(self, **changes: Any) -> None:
        """Answer a list or a page of it."""
        server = self.served
        with server.changed:
            version = int(self.query.get("resourceVersion") or 0)
            if version > server.version:
                self.refuse(504, "Timeout", f"Too large resource version: {version}")
                return
            items = [obj for key, obj in sorted(server.objects.items()) if self._is_seen(key)]
            token, limit = self.query.get("continue"), int(self.query.get("limit") or 0)
            listed, _, start = (token or f"{server.version}:0").partition(":")
            if int(listed) < server.compacted:
                self.refuse(410, "Expired", "the token is too old")
                return
        first = int(start)
        shown = items[first : first + limit] if limit and version == 0 else items[first:]
        metadata = {"resourceVersion": listed}
        if first + len(shown) < len(items):
            metadata["continue"] = f"{listed}:{first + len(shown)}"
        body = {"kind": "WidgetList", "metadata": metadata, "items": shown, **changes}
        self.answer(200, json.dumps(body).encode())

    def refuse(self, code: int, reason: str, message: str = "", retry_after: str = "") -> None:
        """Answer with a Status."""
        body = {"kind": "Status", "status": "Failure", "code": code, "reason": reason}
        data = json.dumps({**body, "message": message or reason}).encode()
        self.answer(code, data, retry_after=retry_after)

    def answer(
        self, code: int, body: bytes, *, length: int | None = None, retry_after: str = ""
    ) -> None:
        """Answer with a body, whose length may be a lie."""
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body) if length is None else length))
        if retry_after:
            self.send_header("Retry-After", retry_after)
        self.end_headers()
        self.wfile.write(body)

    def start_stream(self) -> None:
        """Begin the answer to a watch."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def event(self, kind: str, obj: Wire) -> None:
        """Send one event."""
        self.raw(json.dumps({"type": kind, "object": obj}).encode() + b"\n")

    def error(self, code: int, reason: str, message: str = "") -> None:
        """Send an ``ERROR`` event."""
        body = {"kind": "Status", "status": "Failure", "code": code, "reason": reason}
        self.event("ERROR", {**body, "message": message or reason})

    def raw(self, data: bytes) -> None:
        """Send bytes as one chunk."""
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
        self.wfile.flush()

    def bookmark(self, version: int, *, end: str = "") -> None:
        """Send a bookmark, perhaps one that says whether the initial events end."""
        metadata: Wire = {"resourceVersion": str(version)}
        if end:
            metadata["annotations"] = {"k8s.io/initial-events-end": end}
        self.event("BOOKMARK", {"kind": "Widget", "metadata": metadata})

    def end_stream(self) -> None:
        """End the answer to a watch in good order."""
        with suppress(OSError):
            self.wfile.write(b"0\r\n\r\n")

    def reset(self) -> None:
        """Break the connection with a reset."""
        with suppress(OSError):
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()
        self.close_connection = True

    def hang(self) -> None:
        """Say nothing until the server closes, or the client goes away."""
        self.connection.settimeout(0.05)
        while not self.served.closing.is_set():
            try:
                if not self.connection.recv(1):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        self.close_connection = True

    def follow(self, events: int | None = None, *, end: str = "true") -> None:
        """Send what is there or was missed, then what changes; end after so many events."""
        server = self.served
        version = int(self.query.get("resourceVersion") or 0)
        initial = "sendInitialEvents" in self.query
        with server.changed:
            generation = server.generation
            if version > server.version:
                self.refuse(504, "Timeout", f"Too large resource version: {version}")
                return
            self.start_stream()
            if not initial and version < server.compacted:
                self.error(410, "Expired")
                self.end_stream()
                return
            pending = [("ADDED", o) for k, o in server.objects.items() if self._is_seen(k)]
            seen = server.version
            if not initial:
                pending, seen = [], version
        for kind, obj in pending:
            self.event(kind, obj)
        if initial and server.sends_bookmarks:
            self.bookmark(seen, end=end)
        self._follow_on(seen, generation, events)

    def _follow_on(self, seen: int, generation: int, events: int | None) -> None:
        server = self.served
        with server.changed:
            server.streams += 1
        try:
            self._send_changes(seen, generation, events)
        finally:
            with server.changed:
                server.streams -= 1

    def _send_changes(self, seen: int, generation: int, events: int | None) -> None:
        server = self.served
        ends = time.monotonic() + float(self.query.get("timeoutSeconds") or 300)
        sent = 0
        while time.monotonic() < ends and (events is None or sent < events):
            with server.changed:
                fresh = [each for each in server.history if each[0] > seen]
                if not fresh and server.generation == generation:
                    server.changed.wait(_BOOKMARK_SECONDS)
                    fresh = [each for each in server.history if each[0] > seen]
                now, forgotten = server.version, seen < server.compacted
                if server.generation != generation or self._is_alone():
                    break
            if forgotten:
                self.error(410, "Expired")
                break
            for number, kind, obj in fresh:
                if events is not None and sent >= events:
                    break
                seen = number
                if self._is_seen(key_of(obj)):
                    self.event(kind, obj)
                    sent += 1
            if not fresh and server.sends_bookmarks and now >= seen:
                seen = now
                self.bookmark(now)
        self.end_stream()

    def _is_alone(self) -> bool:
        """Whether the client has gone."""
        self.connection.settimeout(0.0)
        try:
            return not self.connection.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True
        finally:
            self.connection.settimeout(None)

    def _is_seen(self, key: Key) -> bool:
        return self.namespace in (None, key[0])


Fault = Callable[[Connection], None]
