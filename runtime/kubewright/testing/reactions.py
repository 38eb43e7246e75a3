"""Functions that answer in the server's place, or change what is asked and what is sent.

client-go: ``testing.Fake``, its ``PrependReactor`` and ``PrependWatchReactor``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

import msgspec
from urllib3 import HTTPHeaderDict

from kubewright._closing import Closing
from kubewright.errors import ApiError, TransportError
from kubewright.meta_v1 import KubernetesObject, Status
from kubewright.rest.request import Request
from kubewright.rest.transport import Response
from kubewright.schema import GroupVersionResource
from kubewright.testing._apiserver.streams import Alter, WatchFrame
from kubewright.testing.actions import VERBS, Action, action_of

__all__ = [
    "Afterwards",
    "Answer",
    "ChangeReactor",
    "EventReactor",
    "Met",
    "Reaction",
    "Reactions",
    "Reactor",
]


@dataclass(frozen=True, slots=True)
class Afterwards:
    """Let the server do it, and then give its answer to a function.

    Attributes:
        function: what it returns is the answer, None leaves the server's; what it raises is what
            the program gets. For a watch it is asked before the first event.
    """

    function: Callable[[Response], Answer]


Answer: TypeAlias = (
    KubernetesObject
    | Mapping[str, Any]
    | Response
    | ApiError
    | Status
    | TransportError
    | Request
    | Afterwards
    | None
)
"""What a reactor says: an object or an answer, a failure, another request, or nothing."""
Reactor: TypeAlias = Callable[[Action], Answer]
"""Looks at what is asked; None passes it on to the next reactor, and in the end to the server."""


EventReactor: TypeAlias = Callable[[WatchFrame], Iterable[WatchFrame] | None]
"""Returns what a watch gets in the place of an event; None leaves it as it is."""
ChangeReactor: TypeAlias = Callable[[WatchFrame], object]
"""Is told of a change after it was made."""


F = TypeVar("F")


class Reaction(Closing, Generic[F]):
    """A reactor in place; leave the ``with`` block, or call `close`, to take it out again.

    Attributes:
        actions: what it met, oldest first.
    """

    def __init__(
        self,
        verb: str,
        resource: str,
        function: F,
        *,
        reactions: list[Reaction[F]],
        namespace: str | None = None,
        name: str | None = None,
        times: int | None = None,
    ) -> None:
        if times is not None and times < 1:
            raise ValueError(f"a reactor cannot react {times} times: times is 1 or more")
        if verb != "*" and verb not in VERBS:
            raise ValueError(f"{verb!r} is no verb: it is one of {', '.join(VERBS)}, or *")
        if not resource or resource != resource.lower() or "." in resource:
            raise ValueError(f"{resource!r} is no resource: name its plural alone, as in 'pods'")
        if not callable(function):
            raise TypeError(f"a reactor is a function, not {function!r}")
        self.actions: list[Action] = []
        self.function: F = function
        self._verb = verb
        self._resource = resource
        self._namespace = namespace
        self._name = name
        self._left = times
        self._reactions = reactions
        self._lock = threading.Lock()

    def takes(self, action: Action) -> bool:
        """Whether it is to be asked about this; counts it if so."""
        is_meant = (
            action.matches(self._verb, self._resource)
            and self._namespace in (None, action.namespace)
            and self._name in (None, action.name)
        )
        if not is_meant:
            return False
        with self._lock:
            if self._left is not None:
                if self._left <= 0:
                    return False
                self._left -= 1
            self.actions.append(action)
        return True

    def close(self) -> None:
        """Take it out; what it does at the moment is still done."""
        with self._lock:
            self._left = 0
        if self in self._reactions:
            self._reactions.remove(self)

    def __repr__(self) -> str:
        return f"<Reaction to {self._verb} {self._resource}, asked {len(self.actions)} times>"


class Met(NamedTuple):
    """What the reactors made of a request.

    Attributes:
        request: the one for the server.
        answer: in the server's place.
        laters: to give the answer to, in this order.
    """

    request: Request
    answer: Response | None
    laters: tuple[Afterwards, ...]

    def finish(self, answer: Response) -> Response:
        """Return the answer as the program gets it."""
        for later in self.laters:
            answer = _response(later.function(answer), self.request) or answer
        return answer


class Reactions:
    """All reactors of a cluster, the newest first."""

    def __init__(self) -> None:
        self._requests: list[Reaction[Reactor]] = []
        self._events: list[Reaction[EventReactor]] = []
        self._changes: list[Reaction[ChangeReactor]] = []

    def add(
        self,
        verb: str,
        resource: str,
        function: Reactor,
        *,
        namespace: str | None = None,
        name: str | None = None,
        times: int | None = None,
    ) -> Reaction[Reactor]:
        """Put a reactor before the others."""
        reaction = Reaction(
            verb,
            resource,
            function,
            namespace=namespace,
            name=name,
            times=times,
            reactions=self._requests,
        )
        return _put(self._requests, reaction)

    def add_event_reactor(
        self, resource: str, function: EventReactor, *, namespace: str | None = None
    ) -> Reaction[EventReactor]:
        """Put a reactor to what watches get before the others."""
        reaction = Reaction(
            "watch", resource, function, namespace=namespace, reactions=self._events
        )
        return _put(self._events, reaction)

    def add_change_reactor(self, resource: str, function: ChangeReactor) -> Reaction[ChangeReactor]:
        """Put a reactor to changes before the others."""
        return _put(self._changes, Reaction("watch", resource, function, reactions=self._changes))

    @property
    def follow_changes(self) -> bool:
        """Whether anybody wants to know of changes."""
        return bool(self._changes)

    def tell(self, gvr: GroupVersionResource, frame: WatchFrame) -> None:
        """Tell of a change, the oldest reactor first: they build on each other."""
        metadata = frame.object["metadata"]
        action = Action("watch", gvr, metadata.get("namespace"), metadata["name"])
        for reaction in reversed(self._changes):
            if reaction.takes(action):
                reaction.function(frame)

    def meet(self, request: Request) -> Met:
        """Ask the reactors about a request.

        Raises:
            TransportError: one of them wants no answer to come.
        """
        laters: list[Afterwards] = []
        for reaction in tuple(self._requests):
            action = action_of(request)
            if action is None or not reaction.takes(action):
                continue
            answer = _asked(reaction, action)
            if isinstance(answer, Request):
                request = answer
            elif isinstance(answer, Afterwards):
                laters.insert(0, answer)
            elif answer is not None:
                return Met(request, _response(answer, request), tuple(laters))
        return Met(request, None, tuple(laters))

    def events_for(self, request: Request) -> Alter:
        """Return what the events of a watch go through."""
        watch = action_of(request)

        def altered(frame: WatchFrame) -> Iterable[WatchFrame]:
            frames = [frame]
            for reaction in tuple(self._events) if watch is not None else ():
                frames = [new for old in frames for new in _through(reaction, watch, old)]
            return frames

        return altered


def _put(reactions: list[Reaction[F]], reaction: Reaction[F]) -> Reaction[F]:
    reactions.insert(0, reaction)
    return reaction


def _asked(reaction: Reaction[Reactor], action: Action) -> Answer:
    try:
        return reaction.function(action)
    except ApiError as error:
        return error
    except RecursionError as error:
        raise RuntimeError(
            f"{reaction} makes the request that it reacts to: take another name, or times=1"
        ) from error


def _through(
    reaction: Reaction[EventReactor], watch: Action | None, frame: WatchFrame
) -> Iterable[WatchFrame]:
    if watch is None or not reaction.takes(watch):
        return (frame,)
    frames = reaction.function(frame)
    return (frame,) if frames is None else frames


def _response(answer: Answer, request: Request) -> Response | None:
    if answer is None or isinstance(answer, Response):
        return answer
    if isinstance(answer, TransportError):
        raise answer
    if isinstance(answer, ApiError):
        return _failure(answer.status, answer.retry_after_seconds)
    if isinstance(answer, Status):
        return _failure(answer, answer.details.retry_after_seconds or None)
    if isinstance(answer, KubernetesObject):
        body = answer.to_json()
    elif isinstance(answer, Mapping):
        body = msgspec.json.encode(answer, enc_hook=str)
    else:
        raise TypeError(f"a reactor cannot answer {request.method} with {answer!r}")
    return Response(201 if request.method == "POST" else 200, _headers(), body)


def _failure(status: Status, retry_after: int | None) -> Response:
    headers = _headers()
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    if status.status == "Success":
        return Response(status.code or 200, headers, status.to_json())
    return Response(status.code or 500, headers, status.to_json())


def _headers() -> HTTPHeaderDict:
    return HTTPHeaderDict({"Content-Type": "application/json"})
