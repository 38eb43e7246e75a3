"""What a test can do to a cluster in memory, beside using it: look, react, disturb."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from kubewright._clock import Clock
from kubewright.errors import ApiError
from kubewright.meta_v1 import Status
from kubewright.rest.client import RESTClient
from kubewright.rest.request import Request
from kubewright.rest.transport import Response, Stream
from kubewright.schema import GroupVersionResource
from kubewright.testing._apiserver.calls import is_watch
from kubewright.testing._apiserver.resources import Served
from kubewright.testing._apiserver.state import State, view
from kubewright.testing._apiserver.store import Change
from kubewright.testing._apiserver.streams import (
    AnswerStream,
    WatchFrame,
    WatchStream,
    broken_connection,
)
from kubewright.testing.actions import Action, action_of
from kubewright.testing.reactions import (
    ChangeReactor,
    EventReactor,
    Reaction,
    Reactions,
    Reactor,
)

_MOST_CHANGES = 10_000

__all__ = ["Hooks"]


class Hooks:
    """The base of `FakeCluster`.

    Attributes:
        requests: all that came, oldest first; ``requests.clear()`` forgets them.
    """

    def __init__(self, state: State, clock: Clock) -> None:
        self.requests: list[Request] = []
        self._state = state
        self._clock = clock
        self._reactions = Reactions()
        self._changes: deque[tuple[Served, Change]] = deque()
        self._settles = False
        self._stalled: list[WatchStream] = []
        state.observers.append(self._note)
        self._unrecorded = RESTClient(_Unrecorded(self._serve, self._serve_watch), clock=clock)

    @property
    def clock(self) -> Clock:
        """What the cluster takes its time from."""
        return self._clock

    @property
    def unrecorded(self) -> RESTClient:
        """A client for the test's own use: its requests are not recorded and meet no reactor."""
        return self._unrecorded

    @property
    def actions(self) -> list[Action]:
        """What was asked about resources, oldest first: `requests` in a form for asserts.

        client-go: ``Fake.Actions``.
        """
        with self._state.lock:
            requests = list(self.requests)
        return [action for action in map(action_of, requests) if action is not None]

    def react(
        self,
        verb: str,
        resource: str,
        function: Reactor,
        *,
        namespace: str | None = None,
        name: str | None = None,
        times: int | None = None,
    ) -> Reaction[Reactor]:
        """Let a function see requests before the server does, and before older reactors.

        It returns an object, a `Response`, an `ApiError` or a `Status` as the answer; another
        `Request` in the place of this one; `Afterwards`, to see the server's answer; or None to
        pass the request on. It may raise an `ApiError` or a `TransportError` as well.
        `kubewright.testing.faults` has functions for what usually goes wrong.

        It runs in the thread that asks, without any lock, and may use `unrecorded`.

        Args:
            verb: as in RBAC, or ``*``.
            resource: the plural, alone for all that is below it too, or with a subresource as in
                ``deployments/scale``; ``*`` is any.
            function: see above.
            namespace: only requests in this one.
            name: only requests about the object of this name; that of a new object counts.
            times: how many requests it sees at most.

        Returns:
            The reaction; a context manager that takes the function out at its end.

        Raises:
            ValueError: no request has such a verb, or the resource is no plural in lower case.
            TypeError: the function is none.

        client-go: ``Fake.PrependReactor``.
        """
        return self._reactions.add(
            verb, resource, function, namespace=namespace, name=name, times=times
        )

    def react_to_events(
        self, resource: str, function: EventReactor, *, namespace: str | None = None
    ) -> Reaction[EventReactor]:
        """Let a function change what watches get: drop, repeat, delay or replace events.

        It must be quick and may not use the cluster. It sees the events of watches that are open
        already, too. What it raises ends the watch, whose reader gets it.

        Args:
            resource: the plural, or ``*``.
            function: gets an event and returns those that are sent in its place.
            namespace: only watches of this one.
        """
        return self._reactions.add_event_reactor(resource, function, namespace=namespace)

    def on_change(self, resource: str, function: ChangeReactor) -> Reaction[ChangeReactor]:
        """Call a function after each change of an object, as a controller in the cluster would be.

        It runs in the thread that made the change, before the answer to that is given, and may
        change objects through `unrecorded` or `FakeCluster.add`; it is told of those changes, too,
        when it has returned. `kubewright.testing.controllers` has such functions.

        Args:
            resource: the plural, or ``*``.
            function: gets ``ADDED``, ``MODIFIED`` or ``DELETED`` with the object.

        Returns:
            The reaction; a context manager that takes the function out at its end.
        """
        return self._reactions.add_change_reactor(resource, function)

    @property
    def open_watches(self) -> int:
        """How many watches are open."""
        with self._state.lock:
            return len(self._state.watches)

    def end_watches(self, *, broken: bool = False) -> None:
        """End all open watches, in order as a server does after minutes, or as a lost connection.

        Args:
            broken: readers get a `ConnectionLostError`.
        """
        with self._state.lock:
            watches, self._state.watches = self._state.watches, []
        for watch in watches:
            watch.stream.end(broken_connection() if broken else None)

    def fail_watches(self, error: ApiError | Status) -> None:
        """Send an error event to all open watches and end them, as a server in trouble does.

        Args:
            error: what they are told; a code of 410 means that they have to list again.
        """
        status = error.status if isinstance(error, ApiError) else error
        with self._state.lock:
            watches, self._state.watches = self._state.watches, []
            for watch in watches:
                watch.stream.push("ERROR", status.to_wire())
        for watch in watches:
            watch.stream.end()

    def stall_watches(self) -> None:
        """Keep back what open watches would get, as a network does that lost the connection.

        Nothing is dropped: all comes with `resume_watches`. Readers notice nothing but silence.
        """
        with self._state.lock:
            streams = [watch.stream for watch in self._state.watches]
            self._stalled.extend(streams)
        for stream in streams:
            stream.set_stalled(True)

    def resume_watches(self) -> None:
        """Send what was kept back by `stall_watches`, and go on; watches that ended then end now."""
        with self._state.lock:
            streams, self._stalled = self._stalled, []
        for stream in streams:
            stream.set_stalled(False)

    def _note(self, resource: Served, change: Change) -> None:
        if self._reactions.follow_changes:
            self._changes.append((resource, change))

    def _settle(self) -> None:
        """Tell of what has changed, until nothing changes any more; with the lock held."""
        if self._settles:
            return
        self._settles = True
        try:
            told, most = 0, _MOST_CHANGES + len(self._changes)
            while self._changes:
                resource, change = self._changes.popleft()
                version = resource.storage_version
                frame = WatchFrame(change.type, view(change.obj, resource, version))
                gvr = GroupVersionResource(resource.group, version, resource.plural)
                self._reactions.tell(gvr, frame)
                told += 1
                if told > most:
                    raise RuntimeError(
                        f"functions of on_change do not come to rest: {told} changes followed "
                        f"from one request, the last of {gvr}"
                    )
        finally:
            self._settles = False
            self._changes.clear()

    def _serve(self, request: Request) -> Response:
        raise NotImplementedError

    def _serve_watch(self, request: Request, read_timeout: float | None) -> Stream:
        raise NotImplementedError


class _Unrecorded:
    """The server itself, without hooks."""

    def __init__(
        self,
        serve: Callable[[Request], Response],
        serve_watch: Callable[[Request, float | None], Stream],
    ) -> None:
        self._serve = serve
        self._serve_watch = serve_watch

    def send(self, request: Request) -> Response:
        return self._serve(request)

    def stream(self, request: Request, *, read_timeout: float | None = None) -> Stream:
        if is_watch(request):
            return self._serve_watch(request, read_timeout)
        return AnswerStream(self._serve(request))

    def close(self) -> None:
        pass
