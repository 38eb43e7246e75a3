"""How a client reaches an API server of the tests, with the standard library alone."""

import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trustme

from kubewright.testing._api_server_files import kubeconfig_text

__all__ = ["Answer", "Endpoint"]


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What a client needs to reach a server.

    Attributes:
        url: `https://127.0.0.1:PORT`.
        ca_data: the PEM certificate of the CA that signed the server's certificate, and whose
            client certificates the server accepts.
        ca_key: that CA's private key (PEM).
        token: of the user `admin` in the group `system:masters`.
        plain_token: of the user `plain` in no group, to whom RBAC grants nothing.
    """

    url: str
    ca_data: bytes
    ca_key: bytes = field(repr=False)
    token: str = field(repr=False)
    plain_token: str = field(repr=False)

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 10.0,
    ) -> Answer:
        """Send one request, as the admin unless `token` says otherwise; `body` becomes JSON."""
        context = ssl.create_default_context(cadata=self.ca_data.decode())
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self.port, context=context, timeout=timeout
        )
        sent = {"Authorization": f"Bearer {token or self.token}", "Accept": "application/json"}
        if body is not None:
            sent["Content-Type"] = "application/json"
        try:
            connection.request(
                method,
                path,
                body if body is None or isinstance(body, bytes) else json.dumps(body).encode(),
                {**sent, **(headers or {})},
            )
            response = connection.getresponse()
            found = {
                name: ", ".join(response.headers.get_all(name, ())) for name in response.headers
            }
            return Answer(response.status, found, response.read())
        finally:
            connection.close()

    def client_certificate(self, user: str, group: str | None = None) -> tuple[bytes, bytes]:
        """Certificate and private key (PEM) with which the server knows `user` in `group`."""
        authority = trustme.CA.from_pem(self.ca_data, self.ca_key)
        leaf = authority.issue_cert("user.invalid", common_name=user, organization_name=group)
        chain = b"".join(blob.bytes() for blob in leaf.cert_chain_pems)
        return chain, leaf.private_key_pem.bytes()

    def kubeconfig_text(self, *, token: str | None = None, namespace: str = "default") -> str:
        """A kubeconfig with one context, as the admin unless `token` says otherwise."""
        return kubeconfig_text(
            self.url, self.ca_data, token=token or self.token, namespace=namespace
        )

    def write_kubeconfig(
        self, path: Path, *, token: str | None = None, namespace: str = "default"
    ) -> Path:
        """Write `kubeconfig_text` where only the user can read it."""
        path.touch(mode=0o600)
        path.write_text(self.kubeconfig_text(token=token, namespace=namespace))
        return path
