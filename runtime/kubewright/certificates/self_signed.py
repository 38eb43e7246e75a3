"""Certificates that need no cluster: of an authority of one's own, and of a server it vouches for.

For webhooks, tests and first starts. client-go: ``cert.NewSelfSignedCACert`` and
``cert.GenerateSelfSignedCertKey``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Final

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from kubewright._clock import SYSTEM_CLOCK, Clock
from kubewright.certificates.keys import PrivateKey, generate_key
from kubewright.certificates.pairs import CertificatePair
from kubewright.certificates.template import alternative_names, signature_hash, subject_name

__all__ = ["self_signed_authority", "self_signed_pair"]

_YEAR: Final = timedelta(days=365)
_CLOCK_SKEW: Final = timedelta(hours=1)


def self_signed_authority(
    common_name: str,
    *,
    organizations: Iterable[str] = (),
    key: PrivateKey | None = None,
    lifetime: timedelta = 10 * _YEAR,
    clock: Clock = SYSTEM_CLOCK,
) -> CertificatePair:
    """Make an authority: a certificate that vouches for itself and may for others.

    Args:
        common_name: what it is called.
        organizations: whose it is.
        key: its key; a new one by default.
        lifetime: how long it is valid, from an hour ago on.
        clock: tells the present.
    """
    key = key or generate_key()
    name = subject_name(common_name, tuple(organizations))
    begin = clock.now() - _CLOCK_SKEW
    builder = _builder(name, name, key, begin, begin + lifetime)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    builder = builder.add_extension(_key_usage(signs_certificates=True), critical=True)
    return CertificatePair((builder.sign(key, signature_hash(key)),), key)


def self_signed_pair(
    host: str,
    *,
    alternate_names: Iterable[str] = (),
    key: PrivateKey | None = None,
    lifetime: timedelta = _YEAR,
    clock: Clock = SYSTEM_CLOCK,
) -> CertificatePair:
    """Make a certificate for a server, and the authority that signed it: the last of the chain.

    Clients trust it by that authority: ``certificates_to_pem(pair.certificates[-1:])``, the
    ``caBundle`` of a webhook. The authority's key is forgotten, so that it signs nothing more.

    Args:
        host: the name or IP address of the server.
        alternate_names: more of them.
        key: of the server; a new one by default.
        lifetime: how long both are valid, from an hour ago on, as clocks differ.
        clock: tells the present.
    """
    now = clock.now()
    stamp = int(now.timestamp())
    authority = self_signed_authority(f"{host}-ca@{stamp}", lifetime=lifetime, clock=clock)
    key = key or generate_key()
    name = subject_name(f"{host}@{stamp}", ())
    issuer, above = authority.leaf.subject, authority.key
    names = (host, *alternate_names)
    builder = _builder(name, issuer, key, authority.not_before, authority.not_after)
    for extension, critical in (
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_key_usage(signs_certificates=False), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(above.public_key()), False),
        (
            alternative_names(
                tuple(n for n in names if not _is_address(n)),
                tuple(n for n in names if _is_address(n)),
            ),
            False,
        ),
    ):
        builder = builder.add_extension(extension, critical=critical)
    leaf = builder.sign(above, signature_hash(above))
    return CertificatePair((leaf, authority.leaf), key)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: PrivateKey, begin: datetime, end: datetime
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=begin,
        not_valid_after=end,
    )
    return builder.add_extension(
        x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_encipherment=True,
        key_cert_sign=signs_certificates,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
