"""Private keys: made, written as PEM and read from it.

client-go: ``util/keyutil``, with its names of blocks: ``EC PRIVATE KEY``, ``RSA PRIVATE KEY`` and, to
read only, ``PRIVATE KEY`` (PKCS #8).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, Literal, TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from kubewright.auth.certificates import PEMSource
from kubewright.certificates._files import replace_file
from kubewright.certificates._pem import pem_blocks
from kubewright.errors import ConfigError, DecodeError

__all__ = [
    "PrivateKey",
    "check_strength",
    "generate_key",
    "key_from_pem",
    "key_to_pem",
    "public_der",
    "read_key",
    "read_or_generate_key",
    "write_key",
]

PrivateKey: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

_LABELS: Final = frozenset({"EC PRIVATE KEY", "RSA PRIVATE KEY", "PRIVATE KEY"})
_LEAST_RSA_BITS = 2048
_LEAST_EC_BITS = 256


def generate_key(kind: Literal["ec", "rsa"] = "ec", *, bits: int | None = None) -> PrivateKey:
    """Make a key.

    Args:
        kind: ``ec`` is quick to make and to use, ``rsa`` for those who cannot read the other.
        bits: of an ``rsa`` key, 2048 by default; of the curve 256 (the default), 384 or 521.

    Raises:
        ValueError: there is no such curve, or the key would be too weak for a certificate.
    """
    if kind == "rsa":
        if bits is not None and bits < _LEAST_RSA_BITS:
            raise ValueError(f"an RSA key of {bits} bits is too weak: take {_LEAST_RSA_BITS}")
        return rsa.generate_private_key(public_exponent=65537, key_size=bits or _LEAST_RSA_BITS)
    curves: dict[int, ec.EllipticCurve] = {
        256: ec.SECP256R1(),
        384: ec.SECP384R1(),
        521: ec.SECP521R1(),
    }
    if (bits or 256) not in curves:
        raise ValueError(f"there is no curve of {bits} bits: take 256, 384 or 521")
    return ec.generate_private_key(curves[bits or 256])


def check_strength(key: PrivateKey) -> None:
    """Refuse a key that is too weak for a certificate.

    Raises:
        ValueError: an RSA key below 2048 bits, or a curve below 256.
    """
    name, least = ("EC", _LEAST_EC_BITS)
    if isinstance(key, rsa.RSAPrivateKey):
        name, least = ("RSA", _LEAST_RSA_BITS)
    if key.key_size < least:
        raise ValueError(f"an {name} key of {key.key_size} bits is too weak: take {least}")


def key_to_pem(key: PrivateKey) -> bytes:
    """Write the key, unencrypted, in the form that client-go writes too."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def key_from_pem(data: bytes) -> PrivateKey:
    """Read the first EC or RSA key; other blocks, such as ``EC PARAMETERS``, are passed over.

    Raises:
        DecodeError: there is none, or it is encrypted.
    """
    blocks = list(pem_blocks(data))
    for block in blocks:
        if block.label not in _LABELS:
            continue
        try:
            key = load_der_private_key(block.der, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            continue
        if isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
            return key
    if any(b.label.startswith("ENCRYPTED") or b"ENCRYPTED" in b.headers for b in blocks):
        raise DecodeError("the private key is encrypted: store it without a password")
    raise DecodeError("there is no EC or RSA private key (PEM)")


def public_der(key: PrivateKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey) -> bytes:
    """Return what is the same for two keys that belong together."""
    if isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        key = key.public_key()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def read_key(path: str | os.PathLike[str]) -> PrivateKey:
    """Read a key from its file.

    Raises:
        ConfigError: the file cannot be read, or holds no key.
    """
    data = PEMSource(file=os.fspath(path)).read()
    try:
        return key_from_pem(data)
    except DecodeError as error:
        raise ConfigError(f"{path}: {error}") from error


def write_key(path: str | os.PathLike[str], key: PrivateKey) -> None:
    """Write a key where only its user can read it; folders on the way are made.

    Raises:
        ConfigError: that cannot be done; then the file is what it was.
    """
    replace_file(Path(path), key_to_pem(key))


def read_or_generate_key(path: str | os.PathLike[str]) -> PrivateKey:
    """Read the key of a file; where there is none, make one and write it.

    A program that asks for its first certificate keeps its key so, and after a restart goes on with
    the request that it had made: see `request_certificate`.

    Raises:
        ConfigError: the file holds something else, or cannot be read or written.
    """
    if Path(path).exists():
        return read_key(path)
    key = generate_key()
    write_key(path, key)
    return key
