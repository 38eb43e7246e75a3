"""TLS from a `Config` and nothing else.

Neither ``REQUESTS_CA_BUNDLE``, ``CURL_CA_BUNDLE`` or ``SSL_CERT_FILE`` nor the certificates that
come with requests decide whom a client trusts. client-go: ``transport.TLSConfigFor``.
"""

from __future__ import annotations

import os
import ssl
import sys
import tempfile
from pathlib import Path

from kubewright.errors import ConfigError
from kubewright.rest.config import Config
from kubewright.rest.credentials import ClientCertificate

__all__ = ["client_context", "proxy_context"]

# for an OpenSSL that was built to look where this system has nothing; the places that Go tries
_SYSTEM_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


def client_context(config: Config, certificate: ClientCertificate | None) -> ssl.SSLContext:
    """Return the settings for connections to the API server.

    Raises:
        ConfigError: if the CA or the client certificate cannot be used.
    """
    context = _context()
    if config.insecure_skip_tls_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif not _load_own_ca(context, config):
        _load_system_roots(context)
    if certificate is not None:
        _load_certificate(context, certificate)
    return context


def proxy_context(config: Config) -> ssl.SSLContext:
    """Return the settings for connections to an ``https`` proxy.

    A company's proxy is signed by a public CA or by the one that also signs the API server, so
    both count. The client certificate is for the server and is not shown to the proxy.
    """
    context = _context()
    _load_system_roots(context)
    _load_own_ca(context, config)
    return context


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def _load_own_ca(context: ssl.SSLContext, config: Config) -> bool:
    data, origin = config.ca_data, "ca_data"
    if data is None:
        if not config.ca_file:
            return False
        origin = config.ca_file
        try:
            data = Path(config.ca_file).read_bytes()
        except OSError as error:
            raise ConfigError(f"cannot read the CA file {origin}: {error.strerror}") from error
    try:
        context.load_verify_locations(cadata=data.decode("ascii", "ignore"))
    except (ssl.SSLError, ValueError) as error:
        raise ConfigError(f"{origin} holds no PEM certificate that can be used") from error
    return True


def _load_system_roots(context: ssl.SSLContext) -> None:
    if sys.platform == "win32":
        context.load_default_certs()
        return
    # not load_default_certs: it obeys SSL_CERT_FILE and SSL_CERT_DIR
    paths = ssl.get_default_verify_paths()
    for bundle in (paths.openssl_cafile, *_SYSTEM_BUNDLES):
        if Path(bundle).is_file():
            context.load_verify_locations(cafile=bundle)
            break
    if Path(paths.openssl_capath).is_dir():
        context.load_verify_locations(capath=paths.openssl_capath)


def _load_certificate(context: ssl.SSLContext, certificate: ClientCertificate) -> None:
    # OpenSSL's Python binding reads certificates from files only
    with tempfile.TemporaryDirectory(prefix="kubewright-") as folder:
        path = Path(folder) / "client.pem"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(certificate.cert.rstrip() + b"\n" + certificate.key.rstrip() + b"\n")
        try:
            context.load_cert_chain(path, password=_no_password)
        except (ssl.SSLError, ValueError) as error:
            raise ConfigError(f"the client certificate cannot be used: {_reason(error)}") from None


def _no_password() -> str:
    raise ValueError("its key is encrypted, and there is no way to give the password")


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        if error.reason == "KEY_VALUES_MISMATCH":
            return "the key belongs to another certificate"
        return "the certificate or the key is no PEM"
    return str(error)
