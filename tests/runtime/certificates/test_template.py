"""A template asks for what it says, and tells what a certificate lacks of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509

from kubewright.certificates import (
    CertificateTemplate,
    PrivateKey,
    certificates_from_pem,
    generate_key,
    self_signed_authority,
)
from kubewright.certificates.template import names_in
from tests.support.signer import sign

KEY = generate_key()
RSA = generate_key("rsa")
AUTHORITY = self_signed_authority("tests")
FULL: dict[str, Any] = {
    "common_name": "system:node:n1",
    "organizations": ("system:nodes", "more"),
    "dns_names": ("a.example", "b.example"),
    "ip_addresses": ("10.0.0.1", "fd00::1"),
}


def asked(template: CertificateTemplate, key: PrivateKey = KEY) -> x509.CertificateSigningRequest:
    return x509.load_pem_x509_csr(template.signing_request(key))


def signed(**changes: Any) -> x509.Certificate:
    request = CertificateTemplate(**{**FULL, **changes}).signing_request(KEY)
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    made = sign(request, AUTHORITY, begin=begin, end=begin + timedelta(days=1))
    return certificates_from_pem(made)[0]


def test_a_request_says_who_and_where() -> None:
    request = asked(CertificateTemplate(**FULL))

    assert request.subject.rfc4514_string() == "CN=system:node:n1,O=more+O=system:nodes"
    assert names_in(request) == (
        frozenset({"a.example", "b.example"}),
        frozenset({"10.0.0.1", "fd00::1"}),
    )
    assert [extension.critical for extension in request.extensions] == [False]
    assert request.is_signature_valid


def test_a_request_without_names_has_no_extension() -> None:
    assert len(asked(CertificateTemplate("jane")).extensions) == 0


@pytest.mark.parametrize(
    ("key", "digest"),
    [
        (KEY, "sha256"),
        (generate_key(bits=384), "sha384"),
        (generate_key(bits=521), "sha512"),
        (RSA, "sha256"),
        (generate_key("rsa", bits=3072), "sha384"),
    ],
    ids=["p256", "p384", "p521", "rsa2048", "rsa3072"],
)
def test_the_signature_is_as_strong_as_the_key(key: PrivateKey, digest: str) -> None:
    algorithm = asked(CertificateTemplate("jane"), key).signature_hash_algorithm

    assert algorithm is not None
    assert algorithm.name == digest


@pytest.mark.filterwarnings("ignore:Attribute's length must be")
def test_a_name_may_be_longer_than_x509_has_it() -> None:
    name = "system:node:" + "n" * 100

    assert asked(CertificateTemplate(name)).subject.rfc4514_string() == f"CN={name}"


@pytest.mark.parametrize(
    ("template", "key", "usages"),
    [
        (CertificateTemplate("n"), KEY, ("digital signature", "client auth")),
        (
            CertificateTemplate("n"),
            RSA,
            ("digital signature", "key encipherment", "client auth"),
        ),
        (
            CertificateTemplate("n", purpose="server"),
            KEY,
            ("digital signature", "server auth"),
        ),
        (CertificateTemplate("n", usages=("any",)), RSA, ("any",)),
    ],
    ids=["client", "client with RSA", "server", "given"],
)
def test_the_usages_are_those_of_the_purpose(
    template: CertificateTemplate, key: PrivateKey, usages: tuple[str, ...]
) -> None:
    assert template.usages_for(key) == usages


def test_a_certificate_that_says_all_lacks_nothing() -> None:
    assert CertificateTemplate(**FULL).missing_in(signed()) == ""


def test_a_certificate_may_say_more() -> None:
    assert CertificateTemplate("system:node:n1").missing_in(signed()) == ""


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"common_name": "x"}, "the common name is 'x', not 'system:node:n1'"),
        ({"organizations": ("more",)}, "the organizations lack system:nodes"),
        ({"dns_names": ()}, "the DNS names lack a.example, b.example"),
        ({"ip_addresses": ("10.0.0.1",)}, "the IP addresses lack fd00::1"),
    ],
    ids=["name", "organization", "DNS", "IP"],
)
def test_what_a_certificate_lacks_is_named(changes: dict[str, Any], missing: str) -> None:
    assert CertificateTemplate(**FULL).missing_in(signed(**changes)) == missing


def test_an_address_is_the_same_in_any_spelling() -> None:
    template = CertificateTemplate("system:node:n1", ip_addresses=("FD00:0::1", "::ffff:10.0.0.1"))

    assert template.missing_in(signed()) == ""


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ip_addresses": ("10.0.0",)}, "10.0.0"),
        ({"dns_names": ("größe.example",)}, "no DNS name"),
        ({"dns_names": ("",)}, "no DNS name"),
        (
            {"common_name": "", "organizations": (), "dns_names": ()},
            "has to name somebody",
        ),
    ],
    ids=["address", "name", "empty name", "nobody"],
)
def test_what_cannot_be_asked_for_is_refused_at_once(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        CertificateTemplate(**{**FULL, **changes})
