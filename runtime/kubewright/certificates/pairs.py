"""A certificate, the chain above it, and the private key that it is for.

client-go: ``tls.Certificate`` as ``util/certificate`` uses it, and ``util/cert`` (``ParseCertsPEM``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from kubewright.certificates._pem import pem_blocks
from kubewright.certificates.keys import PrivateKey, key_from_pem, key_to_pem, public_der
from kubewright.errors import DecodeError
from kubewright.rest.credentials import ClientCertificate, Credentials

__all__ = ["CertificatePair", "certificates_from_pem", "certificates_to_pem"]


def certificates_from_pem(data: bytes) -> tuple[x509.Certificate, ...]:
    """Read all certificates, in their order; other blocks are passed over.

    Raises:
        DecodeError: there is none, or one is damaged.
    """
    blocks = (b for b in pem_blocks(data) if b.label == "CERTIFICATE" and not b.headers)
    try:
        found = tuple(x509.load_der_x509_certificate(block.der) for block in blocks)
    except ValueError as error:
        raise DecodeError(f"a certificate is damaged: {error}") from error
    if not found:
        raise DecodeError("there is no certificate (PEM)")
    return found


def certificates_to_pem(certificates: Iterable[x509.Certificate]) -> bytes:
    """Write certificates, one block after the other."""
    return b"".join(each.public_bytes(Encoding.PEM) for each in certificates)


@dataclass(frozen=True, slots=True, repr=False)
class CertificatePair:
    """What a client or a server needs to say who it is.

    Attributes:
        certificates: the certificate itself, then those above it, without the root.
        key: the private key of the first.
    """

    certificates: tuple[x509.Certificate, ...]
    key: PrivateKey

    def __post_init__(self) -> None:
        public = self.leaf.public_key()
        if not isinstance(public, ec.EllipticCurvePublicKey | rsa.RSAPublicKey) or (
            public_der(public) != public_der(self.key)
        ):
            raise DecodeError("the private key is not the one of the certificate")

    def __repr__(self) -> str:
        subject = self.leaf.subject.rfc4514_string()
        return f"CertificatePair({subject!r}, until {self.not_after.isoformat()})"

    @staticmethod
    def from_pem(certificates: bytes, key: bytes | None = None) -> CertificatePair:
        """Read a pair.

        Args:
            certificates: the certificate and what is above it; and the key, if that is not given.
            key: the private key.

        Raises:
            DecodeError: one of them is missing or damaged, or they do not go together.
        """
        chain = certificates_from_pem(certificates)
        return CertificatePair(chain, key_from_pem(certificates if key is None else key))

    @property
    def leaf(self) -> x509.Certificate:
        """The certificate itself."""
        return self.certificates[0]

    @property
    def not_before(self) -> datetime:
        """When it begins to be valid."""
        return self.leaf.not_valid_before_utc

    @property
    def not_after(self) -> datetime:
        """When it ceases to be valid."""
        return self.leaf.not_valid_after_utc

    def is_expired_at(self, moment: datetime) -> bool:
        """Whether it is no longer valid; a clock that is behind does not make it invalid."""
        return moment > self.not_after

    @property
    def certificate_pem(self) -> bytes:
        """The certificate and those above it."""
        return certificates_to_pem(self.certificates)

    @property
    def key_pem(self) -> bytes:
        """The private key, unencrypted."""
        return key_to_pem(self.key)

    @property
    def pem(self) -> bytes:
        """Both, as client-go's file store has them in one file."""
        return self.certificate_pem + self.key_pem

    @property
    def credentials(self) -> Credentials:
        """What a REST client shows to the server: ``StaticCredentials(pair.credentials)``."""
        return Credentials(certificate=ClientCertificate(self.certificate_pem, self.key_pem))
