"""What a certificate is to say: the subject, the names and what it is for.

client-go: ``x509.CertificateRequest`` as a template, ``cert.MakeCSRFromTemplate`` and
``certSatisfiesTemplate`` of ``util/certificate``.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Literal, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID, ObjectIdentifier

from kubewright.certificates.keys import PrivateKey

__all__ = [
    "CertificateTemplate",
    "alternative_names",
    "names_in",
    "signature_hash",
    "subject_name",
]

_Extended: TypeAlias = x509.Certificate | x509.CertificateSigningRequest


@dataclass(frozen=True, slots=True)
class CertificateTemplate:
    """What is asked for.

    Attributes:
        common_name: of a client, the name of the user, such as ``system:node:n1``.
        organizations: of a client, the groups, such as ``system:nodes``.
        dns_names: of a server, the names it is reached by.
        ip_addresses: of a server, the addresses.
        purpose: what the certificate is for; it decides the usages unless they are given.
        usages: as in the ``spec.usages`` of a CertificateSigningRequest.
    """

    common_name: str
    organizations: tuple[str, ...] = ()
    dns_names: tuple[str, ...] = ()
    ip_addresses: tuple[str, ...] = ()
    purpose: Literal["client", "server"] = "client"
    usages: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for address in self.ip_addresses:
            _address(address)  # raises a ValueError that names it
        for name in self.dns_names:
            if not name or not name.isascii():
                raise ValueError(f"{name!r} is no DNS name: write it in ASCII (punycode)")
        if not self.common_name and not self.organizations and not self.dns_names:
            raise ValueError("a certificate has to name somebody")

    def usages_for(self, key: PrivateKey) -> tuple[str, ...]:
        """Return what to ask for with a key, as the kubelet does: RSA also enciphers keys."""
        if self.usages:
            return self.usages
        enciphers = ("key encipherment",) if isinstance(key, rsa.RSAPrivateKey) else ()
        return ("digital signature", *enciphers, f"{self.purpose} auth")

    def signing_request(self, key: PrivateKey) -> bytes:
        """Return a PKCS #10 request as PEM, signed with the key.

        A common name of more than 64 bytes is taken, as in Go; cryptography warns of it.
        """
        builder = x509.CertificateSigningRequestBuilder().subject_name(
            subject_name(self.common_name, self.organizations)
        )
        if self.dns_names or self.ip_addresses:
            names = alternative_names(self.dns_names, self.ip_addresses)
            builder = builder.add_extension(names, critical=False)
        return builder.sign(key, signature_hash(key)).public_bytes(Encoding.PEM)

    def missing_in(self, certificate: x509.Certificate) -> str:
        """Say what a certificate lacks, in a few words; empty if it says all that is asked for.

        What it says beyond that does not matter. Usages are not compared, as in client-go.
        """
        subject = certificate.subject
        common_name = next(iter(_values(subject, NameOID.COMMON_NAME)), "")
        if common_name != self.common_name:
            return f"the common name is {common_name!r}, not {self.common_name!r}"
        dns_names, addresses = names_in(certificate)
        for what, wanted, found in (
            ("organizations", self.organizations, _values(subject, NameOID.ORGANIZATION_NAME)),
            ("DNS names", self.dns_names, dns_names),
            ("IP addresses", tuple(str(_address(a)) for a in self.ip_addresses), addresses),
        ):
            missing = set(wanted).difference(found)
            if missing:
                return f"the {what} lack {', '.join(sorted(missing))}"
        return ""


def subject_name(common_name: str, organizations: tuple[str, ...]) -> x509.Name:
    """Return a subject with its parts as Go puts them: all organizations are one part."""
    parts: list[x509.RelativeDistinguishedName] = []
    if organizations:
        parts.append(_part(NameOID.ORGANIZATION_NAME, organizations))
    if common_name:
        parts.append(_part(NameOID.COMMON_NAME, (common_name,)))
    return x509.Name(parts)


def alternative_names(
    dns_names: tuple[str, ...], ip_addresses: tuple[str, ...]
) -> x509.SubjectAlternativeName:
    """Return the names and addresses of a server."""
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in dns_names]
    names += [x509.IPAddress(_address(address)) for address in ip_addresses]
    return x509.SubjectAlternativeName(names)


def names_in(holder: _Extended) -> tuple[frozenset[str], frozenset[str]]:
    """Return the DNS names and the IP addresses of a certificate or a request."""
    try:
        extension = holder.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return frozenset(), frozenset()
    addresses = extension.value.get_values_for_type(x509.IPAddress)
    return (
        frozenset(extension.value.get_values_for_type(x509.DNSName)),
        frozenset(str(address) for address in addresses),
    )


def signature_hash(key: PrivateKey) -> hashes.SHA256 | hashes.SHA384 | hashes.SHA512:
    """Return the digest that is as strong as the key, as client-go and Go choose it."""
    middle, high = (3072, 4096) if isinstance(key, rsa.RSAPrivateKey) else (384, 521)
    if key.key_size >= high:
        return hashes.SHA512()
    return hashes.SHA384() if key.key_size >= middle else hashes.SHA256()


def _address(text: str) -> IPv4Address | IPv6Address:
    """Read an address; one of version 4 in the form of version 6 is what it means, as in Go."""
    address = ip_address(text)
    return getattr(address, "ipv4_mapped", None) or address


def _part(oid: ObjectIdentifier, values: tuple[str, ...]) -> x509.RelativeDistinguishedName:
    # X.520 ends names at 64 bytes; `system:node:` and a node's name may be longer
    return x509.RelativeDistinguishedName(
        x509.NameAttribute(oid, value, _validate=False) for value in dict.fromkeys(values)
    )


def _values(name: x509.Name, oid: ObjectIdentifier) -> list[str]:
    found = (attribute.value for attribute in name.get_attributes_for_oid(oid))
    return [value for value in found if isinstance(value, str)]
