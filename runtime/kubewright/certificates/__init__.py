"""Certificates that a cluster signs: asked for, kept in files, and renewed while a program runs.

Needs the extra ``certificates``: ``pip install 'kubewright[certificates]'``. client-go:
``util/certificate``, ``util/certificate/csr``, ``util/cert`` and ``util/keyutil``.

A certificate for as long as the program runs; every client that is made with the credentials shows
the current one, without a restart:

.. code-block:: python

    def connected() -> RESTClient:
        return RESTClient.for_config(rotating)

    config = load_config()  # with the token that is good for the first certificate only
    manager = CertificateManager(
        connect=connected,
        template=CertificateTemplate("system:node:n1", organizations=("system:nodes",)),
        signer_name="kubernetes.io/kube-apiserver-client-kubelet",
        store=FileStore("kubelet-client", "/var/lib/kubelet/pki"),
    )
    rotating = replace(config, credentials=manager.credentials(until_then=config.credentials))
    with connected() as client, manager:
        manager.wait(timeout=60.0)

One certificate, once:

.. code-block:: python

    key = generate_key()
    template = CertificateTemplate("jane", organizations=("developers",))
    sent = request_certificate(
        client,
        template.signing_request(key),
        key=key,
        signer_name="kubernetes.io/kube-apiserver-client",
        usages=template.usages_for(key),
    )
    pair = CertificatePair.from_pem(wait_for_certificate(client, sent, timeout=60.0), key_to_pem(key))
"""

from kubewright.errors import ConfigError

try:
    import cryptography as _needed  # noqa: F401  # pyright: ignore[reportUnusedImport]
except ImportError as error:
    raise ConfigError("this needs cryptography: pip install 'kubewright[certificates]'") from error

from kubewright.certificates.errors import (
    CertificateDeniedError,
    CertificateFailedError,
    SigningError,
    SigningTimeoutError,
)
from kubewright.certificates.keys import (
    PrivateKey,
    generate_key,
    key_from_pem,
    key_to_pem,
    read_key,
    read_or_generate_key,
    write_key,
)
from kubewright.certificates.manager import CertificateManager
from kubewright.certificates.pairs import (
    CertificatePair,
    certificates_from_pem,
    certificates_to_pem,
)
from kubewright.certificates.self_signed import self_signed_authority, self_signed_pair
from kubewright.certificates.signing import (
    SentRequest,
    request_certificate,
    wait_for_certificate,
)
from kubewright.certificates.source import RotatingCredentials
from kubewright.certificates.stores import CertificateStore, FileStore, MemoryStore
from kubewright.certificates.template import CertificateTemplate

__all__ = [
    "CertificateDeniedError",
    "CertificateFailedError",
    "CertificateManager",
    "CertificatePair",
    "CertificateStore",
    "CertificateTemplate",
    "FileStore",
    "MemoryStore",
    "PrivateKey",
    "RotatingCredentials",
    "SentRequest",
    "SigningError",
    "SigningTimeoutError",
    "certificates_from_pem",
    "certificates_to_pem",
    "generate_key",
    "key_from_pem",
    "key_to_pem",
    "read_key",
    "read_or_generate_key",
    "request_certificate",
    "self_signed_authority",
    "self_signed_pair",
    "wait_for_certificate",
    "write_key",
]
