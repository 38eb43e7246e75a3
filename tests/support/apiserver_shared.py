"""One API server for all workers of pytest-xdist.

The process that the user started owns it and starts it when the first worker asks; a server
costs 315 MB. A worker asks over a local socket and gets the endpoint, or the reason why not.
"""

import secrets
import threading
from multiprocessing.connection import Client, Listener

from tests.support.apiserver import APIServer, APIServerUnavailableError, Endpoint

__all__ = ["SharedAPIServer", "ask_for_endpoint"]

_STOP = "stop"
_ENDPOINT = "endpoint"


class SharedAPIServer:
    """The owner's side: answers workers, one after the other, until it is closed."""

    def __init__(self) -> None:
        self._key = secrets.token_hex(16)
        # Workers queue here while the first of them waits for a build.
        self._listener = Listener(authkey=self._key.encode(), backlog=64)
        self._server: APIServer | None = None
        self._problem = ""
        self._thread = threading.Thread(target=self._serve, name="shared-apiserver", daemon=True)
        self._thread.start()

    @property
    def address(self) -> tuple[str, str]:
        """What a worker hands to `ask_for_endpoint`."""
        return str(self._listener.address), self._key

    def close(self) -> None:
        """End the server, if one was ever asked for."""
        with Client(self._listener.address, authkey=self._key.encode()) as connection:
            connection.send(_STOP)
        self._thread.join()
        self._listener.close()
        if self._server is not None:
            self._server.close()

    def _serve(self) -> None:
        while True:
            try:
                with self._listener.accept() as connection:
                    if connection.recv() == _STOP:
                        return
                    connection.send(self._answer())
            except (OSError, EOFError):
                continue  # a worker that died while it waited

    def _answer(self) -> Endpoint | str:
        if self._server is None and not self._problem:
            try:
                server = APIServer()
                server.start()
                self._server = server
            except Exception as error:
                self._problem = str(error)
        return self._problem if self._server is None else self._server.endpoint


def ask_for_endpoint(address: tuple[str, str]) -> Endpoint:
    """A worker's side: wait until the owner's server is ready.

    Raises:
        APIServerUnavailableError: if the owner could not get one.
    """
    path, key = address
    with Client(path, authkey=key.encode()) as connection:
        connection.send(_ENDPOINT)
        answer = connection.recv()
    if not isinstance(answer, Endpoint):
        raise APIServerUnavailableError(str(answer))
    return answer
