"""A real kube-apiserver for tests: start it, pause it, kill it, start it again.

It needs no cluster, no root and nothing but the binaries and the base install: the server signs its
own certificate, users have tokens. There are no controllers and no nodes, so a Deployment makes no
pods. controller-runtime: ``envtest.Environment``.
"""

from __future__ import annotations

import http.client
import json
import shutil
import signal
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from kubewright.config.loader import load_config
from kubewright.rest.config import Config
from kubewright.testing._api_server_files import (
    ServingCertificate,
    free_port,
    kubeconfig_text,
    write_key,
    write_private,
    write_tokens,
)
from kubewright.testing.api_server_program import (
    APIServerUnavailableError,
    Program,
    find_binaries,
)

__all__ = ["APIServer", "APIServerUnavailableError", "ServingCertificate", "kubeconfig_text"]

ADMIN: Final = "admin"
_START_LIMIT = 120.0  # seconds; 3 on an idle machine
_STOP_LIMIT = 5.0
# Waits for the end of its input, which comes when the owner closes it or dies in whatever way.
_GUARD = (
    'read -r _; folder=$1; shift; kill -9 "$@"; [ -z "$folder" ] || { sleep 1; rm -rf "$folder"; }'
)


class APIServer:
    """A kube-apiserver with its etcd on a loopback port, owned by this process and dying with it.

    .. code-block:: python

        with APIServer() as server, connect(kubeconfig=server.kubeconfig) as rest:
            ...

    """

    def __init__(
        self,
        *,
        program: Program | None = None,
        port: int | None = None,
        folder: Path | None = None,
        users: Mapping[str, Sequence[str]] | None = None,
        certify: Callable[[Path], ServingCertificate] | None = None,
        flags: Sequence[str] = (),
    ) -> None:
        """Find the programs and prepare a folder; nothing is started yet.

        Args:
            program: what to run; by default that of ``KUBEBUILDER_ASSETS`` or ``PATH``.
            port: a fixed port; without it a free one, which later starts keep.
            folder: where state, certificates and log stay after `stop`; without it a temporary
                folder, removed at the end.
            users: further users and their groups, to whom RBAC grants nothing yet; each has a
                token. There always is ``admin``, who may do anything.
            certify: makes the server's certificate in a folder; by default it makes one itself.
            flags: more flags for kube-apiserver.

        Raises:
            APIServerUnavailableError: there is no program.
        """
        self._program = find_binaries() if program is None else program
        self._is_temporary = folder is None
        self._folder = folder or Path(tempfile.mkdtemp(prefix="kubewright-apiserver-"))
        self._folder.mkdir(parents=True, exist_ok=True)
        self._port = port or free_port()
        self._flags = tuple(flags)
        self._certificate = None if certify is None else certify(self._folder)
        self._tokens = write_tokens(self._folder, {ADMIN: ("system:masters",), **(users or {})})
        write_key(self._folder / "service-accounts.key")
        self._processes: list[subprocess.Popen[bytes]] = []
        self._guard: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Such as ``https://127.0.0.1:20001``."""
        return f"https://127.0.0.1:{self._port}"

    @property
    def ca_data(self) -> bytes:
        """The PEM certificate by which clients trust the server; there once it runs."""
        return self._ca_file.read_bytes()

    @property
    def token(self) -> str:
        """The admin's token."""
        return self._tokens[ADMIN]

    def token_of(self, user: str) -> str:
        """Return a user's token.

        Raises:
            KeyError: there is no such user.
        """
        return self._tokens[user]

    @property
    def kubeconfig(self) -> Path:
        """A kubeconfig of the admin, which is there while the server runs."""
        return self._folder / "kubeconfig"

    @property
    def config(self) -> Config:
        """How the admin reaches the server: for ``RESTClient.for_config``."""
        return self.config_of(ADMIN)

    def config_of(self, user: str) -> Config:
        """Return how a user reaches the server.

        Raises:
            KeyError: there is no such user.
        """
        return load_config(json.loads(self.kubeconfig_text(user=user)))

    def kubeconfig_text(self, *, user: str = ADMIN, namespace: str = "default") -> str:
        """Return a kubeconfig with one context.

        Raises:
            KeyError: there is no such user.
        """
        token = self.token_of(user)
        return kubeconfig_text(self.url, self.ca_data, token=token, namespace=namespace)

    @property
    def log(self) -> Path:
        """The log of every start so far."""
        return self._folder / "log"

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes that run; the API server is the last one."""
        return tuple(process.pid for process in self._processes)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start the server and wait until it is ready.

        Raises:
            APIServerUnavailableError: if it ends, or is not ready in time.
        """
        if self._processes:
            raise RuntimeError("the server runs already")
        commands = self._program.commands(
            data=self._folder / "etcd",
            etcd_ports=(free_port(), free_port()),
            flags=self._server_flags(),
        )
        with self.log.open("ab") as log:
            for command in commands:
                # A session of its own: an interrupt in the terminal is for the tests to handle.
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
                self._processes.append(process)
        self._guard = subprocess.Popen(
            ["/bin/sh", "-c", _GUARD, "guard", self._disposable(), *map(str, self.pids)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            self._wait_until_ready()
            write_private(self.kubeconfig, self.kubeconfig_text())
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """End the server in order (SIGTERM), by force if it takes its time; the state stays."""
        self.resume()
        self._disarm()
        for process in reversed(self._processes):
            process.terminate()
            try:
                process.wait(_STOP_LIMIT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._processes.clear()

    def kill(self) -> None:
        """End the server as a crash would (SIGKILL); the state stays."""
        self._disarm()
        for process in self._processes:
            process.kill()
            process.wait()
        self._processes.clear()

    def restart(self) -> None:
        """Stop, and start on the same port and the same state."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """Freeze the API server (SIGSTOP): connections stay open and nothing answers."""
        self._processes[-1].send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a paused server go on; of no effect on another."""
        if self._processes:
            self._processes[-1].send_signal(signal.SIGCONT)

    def close(self) -> None:
        """End the server at once and remove its temporary folder."""
        self.kill()
        if self._is_temporary:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _disposable(self) -> str:
        return str(self._folder) if self._is_temporary else ""

    def _disarm(self) -> None:
        if self._guard is not None:
            self._guard.kill()
            self._guard.wait()
            if self._guard.stdin is not None:
                self._guard.stdin.close()
            self._guard = None

    def _server_flags(self) -> list[str]:
        folder = self._folder
        return [
            "--bind-address=127.0.0.1",
            f"--secure-port={self._port}",
            f"--cert-dir={folder}",
            f"--token-auth-file={folder / 'tokens.csv'}",
            f"--service-account-key-file={folder / 'service-accounts.key'}",
            f"--service-account-signing-key-file={folder / 'service-accounts.key'}",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--service-cluster-ip-range=10.0.0.0/24",
            "--authorization-mode=RBAC",
            # No controller makes the default service accounts that it would wait for.
            "--disable-admission-plugins=ServiceAccount",
            # Without it the server refuses to advertise a loopback address.
            "--endpoint-reconciler-type=none",
            "--allow-privileged=true",
            # An orderly stop ends the open watches instead of waiting for them.
            "--shutdown-watch-termination-grace-period=2s",
            *self._certificate_flags(),
            *self._flags,
        ]

    def _certificate_flags(self) -> list[str]:
        if self._certificate is None:
            # it signs one for this address
            return ["--advertise-address=127.0.0.1"]
        flags = [
            f"--tls-cert-file={self._certificate.certificate}",
            f"--tls-private-key-file={self._certificate.key}",
        ]
        if self._certificate.client_ca is not None:
            flags.append(f"--client-ca-file={self._certificate.client_ca}")
        return flags

    @property
    def _ca_file(self) -> Path:
        # what it signs by itself comes with the CA that signed it
        own = self._folder / "apiserver.crt"
        return own if self._certificate is None else self._certificate.ca

    def _wait_until_ready(self) -> None:
        # Not asked through a stop token: a process that ends is noticed only by asking again.
        deadline = time.monotonic() + _START_LIMIT
        problem = "it was not asked"
        while time.monotonic() < deadline:
            for process in self._processes:
                if process.poll() is not None:
                    raise self._failure(f"ended with exit code {process.returncode}")
            try:
                for path in ("/readyz", "/api/v1/namespaces/default"):
                    status = self._status_of(path)
                    problem = f"{path} answers {status}"
                    if status != 200:
                        break
                else:
                    return
            except (OSError, http.client.HTTPException) as error:
                problem = str(error)
            time.sleep(0.1)
        raise self._failure(f"is not ready after {_START_LIMIT:.0f} s ({problem})")

    def _status_of(self, path: str) -> int:
        # by the standard library alone, so that no fault of the client is taken for the server's
        context = ssl.create_default_context(cafile=str(self._ca_file))
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self._port, context=context, timeout=10
        )
        try:
            connection.request("GET", path, headers={"Authorization": f"Bearer {self.token}"})
            return connection.getresponse().status
        finally:
            connection.close()

    def _failure(self, what: str) -> APIServerUnavailableError:
        tail = self.log.read_bytes()[-4000:].decode(errors="replace")
        return APIServerUnavailableError(
            f"kube-apiserver ({self._program.server}) {what}; the end of its log:\n{tail}"
        )
