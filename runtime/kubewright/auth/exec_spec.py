"""What a credential plugin is told and what it answers, as values; nothing is run here.

client-go: ``clientcmdapi.ExecConfig`` and the types of ``client.authentication.k8s.io``.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, get_args

from kubewright._json import is_object
from kubewright.auth._text import checked_header_text
from kubewright.auth.certificates import check_certificate
from kubewright.errors import ConfigError
from kubewright.rest.credentials import HIDDEN, ClientCertificate, Credentials

__all__ = [
    "API_VERSIONS",
    "INTERACTIVE_MODES",
    "ExecAnswer",
    "ExecCluster",
    "ExecSpec",
    "InteractiveMode",
    "exec_info",
    "parse_answer",
]

InteractiveMode = Literal["Never", "IfAvailable", "Always"]

INTERACTIVE_MODES: Final[tuple[InteractiveMode, ...]] = get_args(InteractiveMode)
API_VERSIONS: Final = (
    "client.authentication.k8s.io/v1",
    "client.authentication.k8s.io/v1beta1",
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ExecSpec:
    """How to run a credential plugin; arguments and environment may be secrets, and do not show.

    Attributes:
        command: an absolute path, or a name to find in ``PATH``.
        env: variables that are set on top of this process' own.
        install_hint: what to tell a user who does not have the command.
        provide_cluster_info: tell the plugin which cluster it is for.
    """

    command: str
    api_version: str = API_VERSIONS[0]
    args: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    install_hint: str = ""
    provide_cluster_info: bool = False
    interactive_mode: InteractiveMode = "IfAvailable"

    def __repr__(self) -> str:
        return (
            f"ExecSpec(command={self.command!r}, api_version={self.api_version!r},"
            f" args=<{len(self.args)} hidden>, env={[name for name, _ in self.env]!r})"
        )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ExecCluster:
    """The cluster that a plugin is asked for, when it wants to know.

    Attributes:
        config: JSON text that the kubeconfig keeps for the plugin at the cluster; the extension
            ``client.authentication.k8s.io/exec``.
    """

    server: str
    tls_server_name: str = ""
    insecure_skip_tls_verify: bool = False
    ca_data: bytes = b""
    proxy_url: str = ""
    disable_compression: bool = False
    config: str | None = None

    def __repr__(self) -> str:
        return f"ExecCluster(<{HIDDEN[1:-1]}>)"

    def to_wire(self) -> dict[str, Any]:
        """Return ``spec.cluster``, without what is not set."""
        wire: dict[str, Any] = {"server": self.server}
        if self.tls_server_name:
            wire["tls-server-name"] = self.tls_server_name
        if self.insecure_skip_tls_verify:
            wire["insecure-skip-tls-verify"] = True
        if self.ca_data:
            wire["certificate-authority-data"] = base64.b64encode(self.ca_data).decode("ascii")
        if self.proxy_url:
            wire["proxy-url"] = self.proxy_url
        if self.disable_compression:
            wire["disable-compression"] = True
        if self.config is not None:
            wire["config"] = json.loads(self.config)
        return wire


@dataclass(frozen=True, slots=True)
class ExecAnswer:
    """What a plugin gave, and until when it counts; None: until the server rejects it."""

    credentials: Credentials
    expires: datetime | None


def exec_info(spec: ExecSpec, cluster: ExecCluster | None, *, interactive: bool) -> str:
    """Return the ``ExecCredential`` that a plugin finds in ``KUBERNETES_EXEC_INFO``."""
    wire: dict[str, Any] = {"interactive": interactive}
    if cluster is not None:
        wire["cluster"] = cluster.to_wire()
    answer = {"kind": "ExecCredential", "apiVersion": spec.api_version, "spec": wire}
    return json.dumps(answer, separators=(",", ":"))


def parse_answer(output: bytes, spec: ExecSpec) -> ExecAnswer:
    """Read what the plugin wrote.

    Raises:
        ConfigError: if it is no usable ``ExecCredential``; no part of the output is in the message.
    """
    status = _status(output, spec)
    token = _text(status, "token", spec)
    certificate = _certificate(status, spec)
    if not token and certificate is None:
        raise _wrong(spec, "status has neither a token nor a client certificate with its key")
    if token:
        checked_header_text(token, what=f"{_subject(spec)}: the token")
    return ExecAnswer(
        Credentials(token=token or None, certificate=certificate), _expiry(status, spec)
    )


def _status(output: bytes, spec: ExecSpec) -> dict[str, Any]:
    try:
        answer: Any = json.loads(output)
    except (ValueError, RecursionError):
        # not chained: the decoder's error holds the text, and the text a token
        raise _wrong(spec, "what it wrote is not JSON") from None
    if not is_object(answer):
        raise _wrong(spec, "what it wrote is not a JSON object")
    if answer.get("kind") != "ExecCredential":
        raise _wrong(spec, "the kind of what it wrote is not ExecCredential")
    if answer.get("apiVersion") != spec.api_version:
        raise _wrong(
            spec, f"it did not answer in {spec.api_version}, the apiVersion of the kubeconfig"
        )
    status = answer.get("status")
    if not is_object(status):
        raise _wrong(spec, "what it wrote has no status")
    return status


def _certificate(status: dict[str, Any], spec: ExecSpec) -> ClientCertificate | None:
    cert = _text(status, "clientCertificateData", spec)
    key = _text(status, "clientKeyData", spec)
    if not cert and not key:
        return None
    if not cert or not key:
        raise _wrong(spec, "status has one of clientCertificateData and clientKeyData, not both")
    certificate = ClientCertificate(cert.encode(), key.encode())
    subject = _subject(spec)
    check_certificate(
        certificate,
        cert_origin=f"clientCertificateData of {subject}",
        key_origin=f"clientKeyData of {subject}",
    )
    return certificate


def _expiry(status: dict[str, Any], spec: ExecSpec) -> datetime | None:
    text = _text(status, "expirationTimestamp", spec)
    if not text:
        return None
    try:
        expires = datetime.fromisoformat(text)
    except ValueError:
        expires = None
    if expires is None or expires.tzinfo is None:
        raise _wrong(spec, "status.expirationTimestamp is no RFC 3339 time") from None
    return expires


def _text(status: dict[str, Any], key: str, spec: ExecSpec) -> str:
    value = status.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _wrong(spec, f"status.{key} is not a string")
    return value


def _subject(spec: ExecSpec) -> str:
    return f"the credential plugin {spec.command}"


def _wrong(spec: ExecSpec, problem: str) -> ConfigError:
    return ConfigError(f"{_subject(spec)} gave no credentials: {problem}")
