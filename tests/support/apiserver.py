"""A real kube-apiserver as an object: start it, pause it, kill it, start it again.

`python -m tests.support.apiserver` runs one until it is interrupted and prints the path of a
kubeconfig for it. The standard library alone talks to it here, so that the harness works where
what it tests does not.
"""

import argparse
import http.client
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import trustme

from tests.support.apiserver_endpoint import ADMIN_TOKEN, PLAIN_TOKEN, Answer, Endpoint
from tests.support.apiserver_program import APIServerUnavailableError, find_program

__all__ = ["APIServer", "APIServerUnavailableError", "Answer", "Endpoint"]

START_LIMIT = 120.0  # seconds; 3 on an idle machine
STOP_LIMIT = 5.0
# Waits for the end of its input, which comes when the owner closes it or dies in whatever way.
_GUARD = (
    'read -r _; folder=$1; shift; kill -9 "$@"; [ -z "$folder" ] || { sleep 1; rm -rf "$folder"; }'
)


class APIServer:
    """A kube-apiserver with its etcd on a loopback port, owned by this process and dying with it.

    Args:
        port: a fixed port; without it a free one, which later starts keep.
        folder: where state, certificates and log stay after `stop`; without it a temporary
            folder, removed at the end.
        flags: more flags for kube-apiserver.
    """

    def __init__(
        self, *, port: int | None = None, folder: Path | None = None, flags: tuple[str, ...] = ()
    ) -> None:
        self._program = find_program()
        self._is_temporary = folder is None
        self._folder = folder or Path(tempfile.mkdtemp(prefix="kubewright-apiserver-"))
        self._folder.mkdir(parents=True, exist_ok=True)
        self._flags = flags
        ca_data, ca_key = _write_credentials(self._folder)
        self._endpoint = Endpoint(f"https://127.0.0.1:{port or _free_port()}", ca_data, ca_key)
        self._processes: list[subprocess.Popen[bytes]] = []
        self._guard: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> Endpoint:
        return self._endpoint

    @property
    def url(self) -> str:
        return self._endpoint.url

    @property
    def ca_data(self) -> bytes:
        return self._endpoint.ca_data

    @property
    def token(self) -> str:
        return self._endpoint.token

    @property
    def log(self) -> Path:
        """The log of every start so far."""
        return self._folder / "log"

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes that run; the API server is the last one."""
        return tuple(process.pid for process in self._processes)

    def kubeconfig_text(self) -> str:
        return self._endpoint.kubeconfig_text()

    def write_kubeconfig(self, path: Path) -> Path:
        return self._endpoint.write_kubeconfig(path)

    def __enter__(self) -> "APIServer":
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
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
            etcd_ports=(_free_port(), _free_port()),
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
                process.wait(STOP_LIMIT)
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
            assert self._guard.stdin is not None
            self._guard.stdin.close()
            self._guard = None

    def _server_flags(self) -> list[str]:
        folder = self._folder
        return [
            "--bind-address=127.0.0.1",
            f"--secure-port={self._endpoint.port}",
            f"--cert-dir={folder}",
            f"--tls-cert-file={folder / 'server.crt'}",
            f"--tls-private-key-file={folder / 'server.key'}",
            f"--client-ca-file={folder / 'ca.crt'}",
            f"--token-auth-file={folder / 'tokens.csv'}",
            f"--service-account-key-file={folder / 'server.key'}",
            f"--service-account-signing-key-file={folder / 'server.key'}",
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
            *self._flags,
        ]

    def _wait_until_ready(self) -> None:
        # Not asked through a stop token: a process that ends is noticed only by asking again.
        deadline = time.monotonic() + START_LIMIT
        problem = "it was not asked"
        while time.monotonic() < deadline:
            for process in self._processes:
                if process.poll() is not None:
                    raise self._failure(f"ended with exit code {process.returncode}")
            try:
                answer = self._endpoint.call("GET", "/readyz")
                problem = f"/readyz answers {answer.status}"
                if answer.status == 200:
                    answer = self._endpoint.call("GET", "/api/v1/namespaces/default")
                    problem = f"the namespace `default` answers {answer.status}"
                    if answer.status == 200:
                        return
            except (OSError, http.client.HTTPException) as error:
                problem = str(error)
            time.sleep(0.1)
        raise self._failure(f"is not ready after {START_LIMIT:.0f} s ({problem})")

    def _failure(self, what: str) -> APIServerUnavailableError:
        tail = self.log.read_bytes()[-4000:].decode(errors="replace")
        return APIServerUnavailableError(
            f"kube-apiserver ({self._program.server}) {what}; the end of its log:\n{tail}"
        )


def _write_credentials(folder: Path) -> tuple[bytes, bytes]:
    """Make the CA, the server's key and the tokens, unless an earlier start left them."""
    ca_file, key_file = folder / "ca.crt", folder / "ca.key"
    if not key_file.exists():
        authority = trustme.CA()
        server = authority.issue_cert("127.0.0.1", "localhost")
        (folder / "tokens.csv").write_text(
            f"{ADMIN_TOKEN},admin,admin,system:masters\n{PLAIN_TOKEN},plain,plain\n"
        )
        server.private_key_pem.write_to_path(folder / "server.key")
        for blob in server.cert_chain_pems:
            blob.write_to_path(folder / "server.crt", append=True)
        authority.cert_pem.write_to_path(ca_file)
        authority.private_key_pem.write_to_path(key_file)
    return ca_file.read_bytes(), key_file.read_bytes()


def _free_port() -> int:
    """A port below those that a system gives to connections: nobody takes it before the server."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def main() -> int:
    """Run a server until interrupted; print the path of its kubeconfig."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.support.apiserver",
        description="Run a kube-apiserver until interrupted; print the path of its kubeconfig.",
    )
    parser.add_argument("--build", action="store_true", help="only find or build the program")
    parser.add_argument("--port", type=int, help="default: a free one")
    parser.add_argument("--folder", type=Path, help="keep the state here (default: forget it)")
    parser.add_argument("--kubeconfig", type=Path, help="where to write it")
    options = parser.parse_args()
    ending = {signal.SIGINT, signal.SIGTERM}
    try:
        if options.build:
            print(find_program().server)
            return 0
        with APIServer(port=options.port, folder=options.folder) as server:
            path = options.kubeconfig or server.log.parent / "kubeconfig"
            print(server.write_kubeconfig(path), flush=True)
            signal.pthread_sigmask(signal.SIG_BLOCK, ending)
            signal.sigwait(ending)
    except APIServerUnavailableError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main())
