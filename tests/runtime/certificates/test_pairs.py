"""A certificate and its key go together, or are refused with the reason."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from kubewright.certificates import (
    CertificatePair,
    certificates_from_pem,
    certificates_to_pem,
    generate_key,
    key_to_pem,
    self_signed_pair,
)
from kubewright.errors import DecodeError
from kubewright.rest.credentials import ClientCertificate, Credentials

PAIR = self_signed_pair("localhost")


def test_what_was_written_is_read() -> None:
    read = CertificatePair.from_pem(PAIR.pem)

    assert (read.certificates, read.key_pem) == (PAIR.certificates, PAIR.key_pem)
    assert (read.certificate_pem, read.pem) == (PAIR.certificate_pem, PAIR.pem)


def test_the_halves_are_read_apart() -> None:
    assert CertificatePair.from_pem(PAIR.certificate_pem, PAIR.key_pem).leaf == PAIR.leaf


def test_the_first_certificate_is_the_own_one() -> None:
    assert certificates_from_pem(b"text\n" + PAIR.pem) == PAIR.certificates
    assert PAIR.leaf == PAIR.certificates[0]
    assert len(PAIR.certificates) == 2


def test_a_key_of_another_is_refused() -> None:
    with pytest.raises(DecodeError, match="not the one of the certificate"):
        CertificatePair.from_pem(PAIR.certificate_pem, key_to_pem(generate_key()))


@pytest.mark.parametrize("key", [b"", b"text"])
def test_a_missing_key_is_refused(key: bytes) -> None:
    with pytest.raises(DecodeError, match="no EC or RSA private key"):
        CertificatePair.from_pem(PAIR.certificate_pem, key)


def test_a_missing_certificate_is_refused() -> None:
    with pytest.raises(DecodeError, match="there is no certificate"):
        CertificatePair.from_pem(PAIR.key_pem)


def test_a_damaged_certificate_is_refused() -> None:
    lines = certificates_to_pem([PAIR.leaf]).splitlines(keepends=True)

    with pytest.raises(DecodeError, match="a certificate is damaged"):
        certificates_from_pem(b"".join([*lines[:3], *lines[5:]]))


def test_it_expires_after_its_last_second() -> None:
    assert not PAIR.is_expired_at(PAIR.not_after)
    assert PAIR.is_expired_at(PAIR.not_after + timedelta(seconds=1))


def test_it_is_credentials_of_a_client() -> None:
    expected = ClientCertificate(PAIR.certificate_pem, PAIR.key_pem)

    assert PAIR.credentials == Credentials(certificate=expected)


def test_it_shows_no_key() -> None:
    secret = PAIR.key_pem.decode().splitlines()[1]

    assert repr(PAIR).startswith("CertificatePair('CN=localhost@")
    assert secret not in repr(PAIR)


def test_certificates_are_written_as_pem() -> None:
    assert certificates_to_pem([PAIR.leaf]) == PAIR.leaf.public_bytes(Encoding.PEM)
