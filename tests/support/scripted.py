"""Doubles that play a script: a collection, a transport, a clock that never lets anybody wait."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from kubewright._clock import StopToken
from kubewright.cache import Entry, EntryCodec
from kubewright.errors import ApiError
from kubewright.meta_v1 import KubernetesObject, ListMeta, Status
from kubewright.rest.request import Request
from kubewright.rest.transport import Response
from kubewright.schema import GroupVersionKind, GroupVersionResource
from kubewright.watch.lister_watcher import Page, RawEvent, decode_frame, parts_of

Frame = dict[str, Any]
Step = Frame | Exception | Callable[[], object]


class Widget(KubernetesObject):
    api_version: str = "example.com/v1"
    kind: str = "Widget"
    size: int = 0


WIDGETS = GroupVersionResource("example.com", "v1", "widgets")
WIDGET = GroupVersionKind("example.com", "v1", "Widget")


def widget(
    name: str, version: int, *, uid: str = "", namespace: str = "shop", **more: Any
) -> Frame:
    metadata: Frame = {"name": name, "namespace": namespace, "uid": uid or f"uid-of-{name}"}
    metadata["resourceVersion"] = str(version)
    metadata |= more.pop("metadata", {})
    return {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": metadata, **more}


def event(kind: str, obj: Frame) -> Frame:
    return {"type": kind, "object": obj}


def bookmark(version: int, *, ends_initial_events: bool = False) -> Frame:
    metadata: Frame = {"resourceVersion": str(version)}
    if ends_initial_events:
        metadata["annotations"] = {"k8s.io/initial-events-end": "true"}
    return event("BOOKMARK", {"kind": "Widget", "metadata": metadata})


def entry_of(wire: Frame) -> Entry:
    """The object as a cache keeps it."""
    return EntryCodec(Widget).entry_of(parts_of(json.dumps(wire).encode()))


def status(code: int, reason: str, **more: Any) -> Frame:
    return {"kind": "Status", "status": "Failure", "code": code, "reason": reason, **more}


def error(code: int, reason: str, **more: Any) -> ApiError:
    return ApiError.from_status(Status.from_wire(status(code, reason, **more)))


def page(version: int, *items: Frame, token: str = "") -> Page:
    metadata = ListMeta(resource_version=str(version), continue_=token)
    return [json.dumps(item).encode() for item in items], metadata


class FakeClock:
    """Time passes only when somebody waits; keeps how long they did."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.waits: list[float] = []

    def monotonic(self) -> float:
        return self.time

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.time, UTC)

    def wait(self, seconds: float, stop: StopToken | None = None) -> bool:
        self.waits.append(round(seconds, 3))
        self.time += seconds
        return stop is not None and stop.is_stopped

    def advance(self, seconds: float) -> Callable[[], None]:
        def step() -> None:
            self.time += seconds

        return step


class ScriptedSource:
    """A `ListerWatcher` with answers written beforehand; after the last it says that it is done.

    Attributes:
        calls: what was asked: ``"list"`` or ``"list CONTINUE"``, ``"watch VERSION"``.
        done: called when there is no answer left; it is to stop whoever asks.
    """

    def __init__(
        self,
        *,
        lists: Iterable[Page | Exception] = (),
        watches: Iterable[Sequence[Step] | Exception],
    ) -> None:
        self.calls: list[str] = []
        self.read_timeouts: list[float | None] = []
        self.open = 0
        self.done: Callable[[], object] = _no_end
        self._lists = list(lists)
        self._watches = list(watches)

    def list(
        self,
        *,
        resource_version: str | None = None,
        limit: int | None = None,
        continue_token: str | None = None,
        read_timeout: float | None = None,
        stop: StopToken | None = None,
    ) -> Page:
        del limit, read_timeout, stop
        self.calls.append(" ".join(filter(None, ("list", continue_token, resource_version))))
        answer = self._lists.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def watch(
        self,
        *,
        resource_version: str,
        send_initial_events: bool = False,
        timeout_seconds: int | None = None,
        read_timeout: float | None = None,
        stop: StopToken | None = None,
    ) -> ScriptedEvents:
        del timeout_seconds, stop
        if not self._watches:
            self.done()
            return ScriptedEvents(self, ())
        verb = "watch-list" if send_initial_events else "watch"
        self.calls.append(" ".join(filter(None, (verb, resource_version))))
        self.read_timeouts.append(read_timeout)
        answer = self._watches.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return ScriptedEvents(self, answer)


def _no_end() -> None:
    raise AssertionError("the script is at its end, and nobody stops")


class ScriptedEvents:
    def __init__(self, source: ScriptedSource, steps: Sequence[Step]) -> None:
        self._source = source
        self._steps = steps
        self._is_open = True
        source.open += 1

    def __iter__(self) -> Iterator[RawEvent]:
        for step in self._steps:
            if isinstance(step, Exception):
                raise step
            if callable(step):
                step()
            elif self._is_open:
                yield decode_frame(json.dumps(step).encode())

    def set_read_timeout(self, seconds: float | None, *, before_read: Any = None) -> None:
        del before_read
        self._source.read_timeouts.append(seconds)

    def close(self) -> None:
        if self._is_open:
            self._is_open = False
            self._source.open -= 1


class LiveSource:
    """A `ListerWatcher` that a test changes while others watch it; watches block until closed."""

    def __init__(self, *items: Frame, version: int = 1) -> None:
        self.items = {item["metadata"]["name"]: item for item in items}
        self.version = version
        self.lists = 0
        self.failure: Exception | None = None
        self._changed = threading.Condition()
        self._log: list[Frame] = []
        self._open: list[LiveEvents] = []

    def list(
        self,
        *,
        resource_version: str | None = None,
        limit: int | None = None,
        continue_token: str | None = None,
        read_timeout: float | None = None,
        stop: StopToken | None = None,
    ) -> Page:
        del resource_version, limit, continue_token, read_timeout, stop
        with self._changed:
            self.lists += 1
            if self.failure is not None:
                raise self.failure
            return page(self.version, *self.items.values())

    def watch(
        self,
        *,
        resource_version: str,
        send_initial_events: bool = False,
        timeout_seconds: int | None = None,
        read_timeout: float | None = None,
        stop: StopToken | None = None,
    ) -> LiveEvents:
        del timeout_seconds, read_timeout, stop
        if send_initial_events:
            raise error(422, "Invalid", message="sendInitialEvents is forbidden")
        with self._changed:
            events = LiveEvents(self._changed, self._log, int(resource_version))
            self._open.append(events)
            return events

    def send(self, kind: str, obj: Frame) -> None:
        """Change the collection, and tell it to those who watch."""
        with self._changed:
            self.apply(kind, obj)
            self._log.append(event(kind, obj))
            self._changed.notify_all()

    def apply(self, kind: str, obj: Frame) -> None:
        """Change the collection, and tell nobody."""
        name = obj["metadata"]["name"]
        self.version = max(self.version, int(obj["metadata"]["resourceVersion"]))
        if kind == "DELETED":
            self.items.pop(name, None)
        else:
            self.items[name] = obj

    def expire(self, *changes: tuple[str, Frame]) -> None:
        """Change the collection unseen, and end all watches with 410."""
        with self._changed:
            for kind, obj in changes:
                self.apply(kind, obj)
            self._log.clear()
            for events in self._open:
                events.expired = True
            self._open.clear()
            self._changed.notify_all()


class LiveEvents:
    def __init__(self, changed: threading.Condition, log: Sequence[Frame], version: int) -> None:
        self._changed = changed
        self._log = log
        self._version = version
        self._is_open = True
        self.expired = False

    def __iter__(self) -> Iterator[RawEvent]:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self.expired or not self._is_open or self._next())
                if not self._is_open:
                    return
                frame = self._next()
            if self.expired or frame is None:
                yield decode_frame(json.dumps(event("ERROR", status(410, "Expired"))).encode())
                return
            self._version = int(frame["object"]["metadata"]["resourceVersion"])
            yield decode_frame(json.dumps(frame).encode())

    def _next(self) -> Frame | None:
        newer = (
            f for f in self._log if int(f["object"]["metadata"]["resourceVersion"]) > self._version
        )
        return next(newer, None)

    def set_read_timeout(self, seconds: float | None, *, before_read: Any = None) -> None:
        del seconds, before_read

    def close(self) -> None:
        with self._changed:
            self._is_open = False
            self._changed.notify_all()


class ScriptedTransport:
    """A `Transport` with answers written beforehand; keeps the requests."""

    def __init__(self, *answers: Response | Frame | Exception) -> None:
        self.requests: list[Request] = []
        self._answers = list(answers)

    def answer(self, body: bytes) -> None:
        """Add an answer."""
        self._answers.append(Response(200, {}, body))

    @property
    def lines(self) -> list[str]:
        """The method and target of each request."""
        return [f"{request.method} {request.target}" for request in self.requests]

    @property
    def bodies(self) -> list[Any]:
        """The decoded body of each request."""
        return [None if r.body is None else json.loads(r.body) for r in self.requests]

    def send(self, request: Request) -> Response:
        self.requests.append(request)
        answer = self._answers.pop(0) if self._answers else {}
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Response):
            return answer
        code = answer.get("code", 200) if answer.get("kind") == "Status" else 200
        return Response(code, {}, json.dumps(answer).encode())

    def stream(self, request: Request, *, read_timeout: float | None = None) -> ScriptedStream:
        del read_timeout
        return ScriptedStream(self.send(request))

    def close(self) -> None:
        pass


class ScriptedStream:
    def __init__(self, response: Response) -> None:
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers
        self._body = response.body

    def chunks(self) -> Iterator[bytes]:
        yield self._body

    def lines(self) -> Iterator[bytes]:
        yield from self._body.splitlines()

    def read(self) -> bytes:
        return self._body

    def set_read_timeout(self, seconds: float | None, *, before_read: Any = None) -> None:
        del seconds, before_read

    def close(self) -> None:
        self._body = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
