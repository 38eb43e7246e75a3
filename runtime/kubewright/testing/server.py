"""A cluster in memory as an HTTP server on loopback, for kubectl, other languages and demos.

It translates between HTTP and the transport seam, and knows nothing of Kubernetes beyond what a
server does before it looks at a request. client-go: ``httptest.Server``; apiserver:
``server/options.SecureServingOptions`` without TLS.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from kubewright._closing import Closing
from kubewright._threads import SupervisedThread
from kubewright.errors import TransportError
from kubewright.rest.config import Config
from kubewright.rest.transport import Transport
from kubewright.testing._apiserver.http import Listener

__all__ = ["ClusterServer"]

_NAME: Final = "kubewright-testserver"
_LOOPBACK: Final = "127.0.0.1"


class ClusterServer(Closing):
    """Serves a transport on a loopback port, from when it is made until it is closed.

    .. code-block:: python

        with FakeCluster().serve() as server:
            server.write_kubeconfig(Path("kubeconfig"))
            subprocess.run(["kubectl", "--kubeconfig=kubeconfig", "get", "namespaces"])

    Plain HTTP/1.1 with connections that are kept; each has a thread. Nobody is asked who he is.

    Attributes:
        port: where it listens.
    """

    def __init__(self, transport: Transport, *, port: int = 0) -> None:
        """Listen at once.

        Args:
            transport: answers the requests; it is not closed with the server.
            port: 0 for a free one.

        Raises:
            TransportError: the port is taken, or not allowed.
        """
        try:
            self._listener = Listener((_LOOPBACK, port), transport)
        except (OSError, OverflowError) as error:
            raise TransportError(f"cannot listen on {_LOOPBACK}:{port}: {error}") from error
        self.port: int = self._listener.server_address[1]
        self._thread = SupervisedThread(
            f"{_NAME}-{self.port}", self._listener.serve, stop=self._listener.stop
        )
        self._thread.start()

    @property
    def url(self) -> str:
        """``http://127.0.0.1:PORT``."""
        return f"http://{_LOOPBACK}:{self.port}"

    @property
    def config(self) -> Config:
        """For ``connect(server.config)``."""
        return Config(host=self.url)

    def kubeconfig(self, *, namespace: str = "default") -> dict[str, Any]:
        """Return a kubeconfig with one context, as `connect` takes it.

        Args:
            namespace: of the context.
        """
        context = {"cluster": _NAME, "user": _NAME, "namespace": namespace}
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": _NAME,
            "clusters": [{"name": _NAME, "cluster": {"server": self.url}}],
            # kubectl asks for a password where a user has nothing
            "users": [{"name": _NAME, "user": {"token": "anybody"}}],
            "contexts": [{"name": _NAME, "context": context}],
        }

    def write_kubeconfig(self, path: str | Path, *, namespace: str = "default") -> Path:
        """Write the kubeconfig to a file and return its path.

        Raises:
            OSError: it cannot be written.
        """
        path = Path(path)
        text = json.dumps(self.kubeconfig(namespace=namespace), indent=2)  # JSON is YAML
        path.write_text(f"{text}\n", encoding="utf-8")
        return path

    def close(self) -> None:
        """Stop listening, end all connections and wait for their threads: a moment."""
        self._listener.close()
        self._thread.join()

    def __repr__(self) -> str:
        return f"<ClusterServer at {self.url}>"
