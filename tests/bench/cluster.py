"""A real kube-apiserver that holds the pods; its state is kept between runs."""

from __future__ import annotations

import hashlib
import json
import shutil
import ssl
import sys
import threading
from collections.abc import Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPSConnection
from pathlib import Path

from tests.bench import pods
from tests.bench.pods import Write, namespaces, writes_of
from tests.support.apiserver import APIServer, Endpoint
from tests.support.apiserver_program import find_program
from tests.support.programs import cache_folder, locked

__all__ = ["cluster_of"]

_THREADS = 16


@contextmanager
def cluster_of(count: int) -> Generator[Endpoint]:
    """Run a server with this many pods, which are made when the cache does not have them.

    Raises:
        APIServerUnavailableError: there is no server to run, or it does not come up.
    """
    recipe = Path(pods.__file__).read_text() + str(find_program())
    digest = hashlib.sha256(recipe.encode()).hexdigest()[:12]
    folder = cache_folder() / f"bench-pods-{count}-{digest}"
    with locked(folder.with_suffix(".lock")):
        complete = folder / "complete"
        if not complete.exists():
            shutil.rmtree(folder, ignore_errors=True)
        server = APIServer(folder=folder)
        try:
            server.start()
            if not complete.exists():
                print(f"making {count} pods (kept for later runs in {folder}) ...", file=sys.stderr)
                _fill(server.endpoint, count)
                complete.touch()
            # the first list after a start is slower than all others
            server.endpoint.call("GET", "/api/v1/pods", timeout=60)
            yield server.endpoint
        finally:
            # in order: the next run reads what etcd has written
            server.stop()


def _fill(endpoint: Endpoint, count: int) -> None:
    for name in namespaces():
        made = {"metadata": {"name": name}}
        _send(_Loader(endpoint), [Write("POST", "/api/v1/namespaces", made)])
    loaders = threading.local()

    def load(index: int) -> None:
        if not hasattr(loaders, "own"):
            loaders.own = _Loader(endpoint)
        _send(loaders.own, writes_of(index))

    with ThreadPoolExecutor(_THREADS) as threads:
        for _ in threads.map(load, range(count)):
            pass


class _Loader:
    """One connection that is kept, as the standard library has it."""

    def __init__(self, endpoint: Endpoint) -> None:
        context = ssl.create_default_context(cadata=endpoint.ca_data.decode())
        self.connection = HTTPSConnection("127.0.0.1", endpoint.port, context=context)
        self.headers = {"Authorization": f"Bearer {endpoint.token}"}


def _send(loader: _Loader, writes: Iterable[Write]) -> None:
    for write in writes:
        body = json.dumps(write.body, separators=(",", ":"))
        headers = {**loader.headers, "Content-Type": write.content_type}
        loader.connection.request(write.method, write.path, body, headers)
        answer = loader.connection.getresponse()
        said = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{write.method} {write.path}: {answer.status} {said[:500]!r}")
