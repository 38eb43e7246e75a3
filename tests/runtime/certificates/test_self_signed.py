"""A self-signed pair serves TLS to who trusts the authority in its chain, and to nobody else."""

from __future__ import annotations

import ssl
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from kubewright.certificates import (
    CertificatePair,
    certificates_to_pem,
    generate_key,
    self_signed_authority,
    self_signed_pair,
)
from tests.support.scripted import FakeClock


def shake_hands(folder: Path, pair: CertificatePair, name: str, trusted: bytes) -> None:
    """Let a server and a client with the pair find each other, in memory."""
    path = folder / "pair.pem"
    path.write_bytes(pair.pem)
    at_server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    at_server.load_cert_chain(path)
    at_client = ssl.create_default_context(cadata=trusted.decode())
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = at_client.wrap_bio(back, there, server_hostname=name)
    server = at_server.wrap_bio(there, back, server_side=True)
    for begun in (client, server):
        with suppress(ssl.SSLWantReadError):
            begun.do_handshake()
    client.do_handshake()
    server.do_handshake()


@pytest.mark.parametrize("name", ["localhost", "web.shop.svc", "127.0.0.1", "::1"])
def test_a_client_that_trusts_the_authority_takes_every_name(tmp_path: Path, name: str) -> None:
    pair = self_signed_pair("localhost", alternate_names=["web.shop.svc", "127.0.0.1", "::1"])

    shake_hands(tmp_path, pair, name, certificates_to_pem(pair.certificates[1:]))


def test_a_client_takes_no_other_name(tmp_path: Path) -> None:
    pair = self_signed_pair("localhost")

    with pytest.raises(ssl.SSLCertVerificationError, match="not valid for 'other'"):
        shake_hands(tmp_path, pair, "other", certificates_to_pem(pair.certificates[1:]))


def test_a_client_that_trusts_another_authority_refuses(tmp_path: Path) -> None:
    other = self_signed_authority("other")

    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(tmp_path, self_signed_pair("localhost"), "localhost", other.certificate_pem)


def test_the_authority_signed_the_certificate_and_itself() -> None:
    leaf, authority = self_signed_pair("localhost").certificates

    leaf.verify_directly_issued_by(authority)
    authority.verify_directly_issued_by(authority)


def test_both_are_valid_from_an_hour_ago_on() -> None:
    clock = FakeClock()
    pair = self_signed_pair("localhost", lifetime=timedelta(days=3), clock=clock)

    begin = clock.now() - timedelta(hours=1)
    assert [(c.not_valid_before_utc, c.not_valid_after_utc) for c in pair.certificates] == [
        (begin, begin + timedelta(days=3))
    ] * 2


def test_keys_may_be_given() -> None:
    key = generate_key("rsa")

    assert self_signed_pair("localhost", key=key).key is key
    assert self_signed_authority("a", key=key).key is key


def test_an_authority_may_sign_and_says_whose_it_is() -> None:
    leaf = self_signed_authority("tests", organizations=["us"]).leaf

    assert leaf.subject.rfc4514_string() == "CN=tests,O=us"
    assert leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert leaf.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
