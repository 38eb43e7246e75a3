"""Private keys are written as client-go writes them, and read in every form that it reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from kubewright.certificates import (
    PrivateKey,
    generate_key,
    key_from_pem,
    key_to_pem,
    read_key,
    read_or_generate_key,
    write_key,
)
from kubewright.certificates.keys import check_strength
from kubewright.errors import ConfigError, DecodeError

EC = generate_key()
RSA = generate_key("rsa")
PARAMETERS = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"


def numbers(key: PrivateKey) -> object:
    return key.private_numbers()


def pkcs8(key: PrivateKey | ed25519.Ed25519PrivateKey, password: bytes | None = None) -> bytes:
    encryption = NoEncryption() if password is None else BestAvailableEncryption(password)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def test_a_key_is_made_for_a_curve_of_256_bits() -> None:
    assert isinstance(EC, ec.EllipticCurvePrivateKey)
    assert EC.curve.name == "secp256r1"


@pytest.mark.parametrize("bits", [384, 521])
def test_a_key_is_made_for_larger_curves(bits: int) -> None:
    assert generate_key(bits=bits).key_size == bits


def test_an_rsa_key_is_made_of_2048_bits() -> None:
    assert isinstance(RSA, rsa.RSAPrivateKey)
    assert RSA.key_size == 2048


def test_keys_that_are_too_weak_are_not_made() -> None:
    with pytest.raises(ValueError, match="an RSA key of 1024 bits is too weak"):
        generate_key("rsa", bits=1024)
    with pytest.raises(ValueError, match="no curve of 224 bits"):
        generate_key(bits=224)


def test_a_key_of_a_small_curve_is_too_weak() -> None:
    with pytest.raises(ValueError, match="an EC key of 224 bits is too weak: take 256"):
        check_strength(ec.generate_private_key(ec.SECP224R1()))


@pytest.mark.parametrize("key", [EC, RSA], ids=["ec", "rsa"])
def test_what_was_written_is_read(key: PrivateKey) -> None:
    assert numbers(key_from_pem(key_to_pem(key))) == numbers(key)


@pytest.mark.parametrize(("key", "label"), [(EC, b"EC"), (RSA, b"RSA")], ids=["ec", "rsa"])
def test_a_key_is_written_under_its_own_label(key: PrivateKey, label: bytes) -> None:
    assert key_to_pem(key).startswith(b"-----BEGIN " + label + b" PRIVATE KEY-----\n")


@pytest.mark.parametrize("key", [EC, RSA], ids=["ec", "rsa"])
@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "a comment\n{}",
        PARAMETERS.decode() + "{}",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n{}",
    ],
    ids=["alone", "after text", "after parameters", "after a damaged one"],
)
def test_a_key_in_pkcs8_is_read(key: PrivateKey, around: str) -> None:
    data = around.format(pkcs8(key).decode()).encode()

    assert numbers(key_from_pem(data)) == numbers(key)


def test_lines_may_end_as_on_windows() -> None:
    assert numbers(key_from_pem(key_to_pem(EC).replace(b"\n", b"\r\n"))) == numbers(EC)


@pytest.mark.parametrize(
    "data",
    [b"", b"text", PARAMETERS, pkcs8(ed25519.Ed25519PrivateKey.generate())],
    ids=["nothing", "text", "parameters", "ed25519"],
)
def test_what_holds_no_key_of_ours_is_refused(data: bytes) -> None:
    with pytest.raises(DecodeError, match="no EC or RSA private key"):
        key_from_pem(data)


@pytest.mark.parametrize(
    "data",
    [
        pkcs8(EC, b"secret"),
        RSA.private_bytes(
            Encoding.PEM, PrivateFormat.TraditionalOpenSSL, BestAvailableEncryption(b"secret")
        ),
    ],
    ids=["pkcs8", "traditional"],
)
def test_an_encrypted_key_is_refused_with_the_reason(data: bytes) -> None:
    with pytest.raises(DecodeError, match="is encrypted: store it without a password"):
        key_from_pem(data)


def test_a_key_file_is_for_its_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "key.pem"
    write_key(path, EC)

    assert path.stat().st_mode & 0o777 == 0o600
    assert numbers(read_key(path)) == numbers(EC)


def test_a_key_file_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    made = read_or_generate_key(path)

    assert numbers(read_or_generate_key(path)) == numbers(made)
    assert [each.name for each in tmp_path.iterdir()] == ["key.pem"]


def test_a_file_without_a_key_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_text("mine")

    with pytest.raises(ConfigError, match=r"key\.pem: there is no EC or RSA private key"):
        read_or_generate_key(path)
    assert path.read_text() == "mine"


def test_a_key_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read .*none\.pem: No such file"):
        read_key(tmp_path / "none.pem")
