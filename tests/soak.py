"""``python -m tests.soak --minutes 10``: informers on a server that changes and fails at random.

Every few seconds the writes pause, and every cache and everything that handlers were told must be
the truth. Memory and threads must not grow. The seed that is printed repeats the choices.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import threading
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field

from tests.support.faulty_server import Connection, Fault, FaultyServer
from tests.support.following import Following

__all__ = ["Soak", "main"]

_NAMESPACES = ("shop", "depot")
_NAMES = tuple(f"w{number:02d}" for number in range(40))


def _refuse(code: int, reason: str) -> Fault:
    return lambda connection: connection.refuse(code, reason)


def _garbage(connection: Connection) -> None:
    connection.answer(200, b"\x00\xff{")


def _some_events(connection: Connection) -> None:
    connection.serve(events=2)


def _broken_frame(connection: Connection) -> None:
    connection.start_stream()
    connection.raw(b'{"type":"ADDED","object":{"metadata":{"na')
    connection.reset()


def _gone(connection: Connection) -> None:
    if not connection.is_watch:
        connection.refuse(410, "Expired")
        return
    connection.start_stream()
    connection.error(410, "Expired")
    connection.end_stream()


_FAULTS: dict[str, Fault] = {
    "reset": Connection.reset,
    "hang": Connection.hang,
    "garbage": _garbage,
    "some events": _some_events,
    "broken frame": _broken_frame,
    "410": _gone,
    "429": _refuse(429, "TooManyRequests"),
    "500": _refuse(500, "InternalError"),
    "503": _refuse(503, "ServiceUnavailable"),
    "403": _refuse(403, "Forbidden"),
}


@dataclass
class Soak:
    """One run.

    Attributes:
        seconds: how long.
        seed: of the random choices.
        faults: how often each came.
        writes: changes of the truth.
        checks: quiet points at which everything was compared.
    """

    seconds: float
    seed: int
    faults: Counter[str] = field(default_factory=Counter[str])
    writes: int = 0
    checks: int = 0

    def run(self) -> None:
        """Run; raises `AssertionError` when a cache is not the truth, or something grows."""
        rand = random.Random(self.seed)
        with ExitStack() as stack:
            server = stack.enter_context(FaultyServer())
            followings = [
                stack.enter_context(Following(server)),
                stack.enter_context(Following(server, compress=True, watch_list=False)),
                stack.enter_context(Following(server, queue="by object")),
                stack.enter_context(Following(server, namespaces=list(_NAMESPACES))),
            ]
            until = time.monotonic() + self.seconds
            threads, memory = 0, 0.0
            while time.monotonic() < until:
                self._trouble(server, rand)
                server.plan.clear()
                server.down = False
                for following in followings:
                    following.until_true(30.0)
                    following.keys.clear()
                del server.requests[:]
                self.checks += 1
                if self.checks == 5:  # by now everything that is kept is there
                    threads, memory = threading.active_count(), _megabytes()
            if self.checks > 5:
                assert threading.active_count() <= threads + 8, "threads grow"
                assert _megabytes() <= memory * 1.5 + 30, "memory grows"

    def _trouble(self, server: FaultyServer, rand: random.Random) -> None:
        for _ in range(rand.randint(20, 200)):
            self._write(server, rand)
            chance = rand.random()
            if chance < 0.05:
                name = rand.choice(list(_FAULTS))
                self.faults[name] += 1
                server.plan.append(_FAULTS[name])
            elif chance < 0.08:
                self.faults["streams end"] += 1
                server.break_streams()
            elif chance < 0.10:
                self.faults["forgets"] += 1
                server.compact()
            elif chance < 0.12:
                self.faults["down" if not server.down else "up"] += 1
                server.down = not server.down
                server.break_streams()
            elif chance < 0.3:
                time.sleep(rand.random() * 0.01)

    def _write(self, server: FaultyServer, rand: random.Random) -> None:
        name, namespace = rand.choice(_NAMES), rand.choice(_NAMESPACES)
        self.writes += 1
        if rand.random() < 0.25:
            server.delete(name, namespace=namespace)
            if rand.random() < 0.5:
                server.put(name, namespace=namespace, size=rand.randint(0, 1000))
        else:
            server.put(name, namespace=namespace, size=rand.randint(0, 1000))


def _megabytes() -> float:
    # the peak: what grows for ever raises it for ever
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Run as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    soak = Soak(options.minutes * 60, options.seed)
    print(f"seed {soak.seed}", flush=True)
    try:
        soak.run()
    except AssertionError as error:
        print(f"failed after {soak.writes} writes, {dict(soak.faults)}: {error}", file=sys.stderr)
        return 1
    faults = ", ".join(f"{count} {name}" for name, count in soak.faults.most_common())
    print(f"{soak.writes} writes, {soak.checks} checks of 4 caches, faults: {faults}")
    print(f"peak memory {_megabytes():.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
