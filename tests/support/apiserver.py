"""The API server of the tests: with a CA of theirs, so that client certificates can be tested.

`python -m tests.support.apiserver` runs one until it is interrupted and prints the path of a
kubeconfig for it.
"""

import argparse
import os
import signal
import sys
from pathlib import Path

import trustme

from kubewright.testing import api_server
from kubewright.testing.api_server import ServingCertificate
from kubewright.testing.api_server_program import APIServerUnavailableError
from tests.support.apiserver_endpoint import Answer, Endpoint
from tests.support.apiserver_program import find_program

__all__ = ["APIServer", "APIServerUnavailableError", "Answer", "Endpoint"]

_PLAIN = "plain"


class APIServer(api_server.APIServer):
    """A kube-apiserver that is built where the machine has none, and knows the user `plain`."""

    def __init__(
        self, *, port: int | None = None, folder: Path | None = None, flags: tuple[str, ...] = ()
    ) -> None:
        super().__init__(
            program=find_program(),
            port=port,
            folder=folder,
            users={_PLAIN: ()},
            certify=_certify,
            flags=flags,
        )

    @property
    def endpoint(self) -> Endpoint:
        key = (self.log.parent / "ca.key").read_bytes()
        return Endpoint(self.url, self.ca_data, key, self.token, self.token_of(_PLAIN))

    def write_kubeconfig(self, path: Path) -> Path:
        return self.endpoint.write_kubeconfig(path)


def _certify(folder: Path) -> ServingCertificate:
    """Make the CA and the server's key, unless an earlier start left them."""
    ca, ca_key = folder / "ca.crt", folder / "ca.key"
    certificate = ServingCertificate(folder / "server.crt", folder / "server.key", ca, ca)
    if not ca_key.exists():
        authority = trustme.CA()
        server = authority.issue_cert("127.0.0.1", "localhost")
        server.private_key_pem.write_to_path(certificate.key)
        for blob in server.cert_chain_pems:
            blob.write_to_path(certificate.certificate, append=True)
        authority.cert_pem.write_to_path(ca)
        authority.private_key_pem.write_to_path(ca_key)
    return certificate


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
