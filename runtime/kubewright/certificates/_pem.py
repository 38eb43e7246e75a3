"""PEM: labelled blocks of base64, with anything around them."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

__all__ = ["PEMBlock", "pem_blocks"]

# no part can begin what follows it, so that the time is linear
_BLOCK: Final = re.compile(
    rb"^-----BEGIN ([A-Z0-9 ]{1,64})-----[ \t]*\r?\n"
    rb"((?:[^\n:]+:[^\n]*\n)*)"
    rb"([A-Za-z0-9+/= \t\r\n]*)"
    rb"^-----END \1-----[ \t]*\r?$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True, repr=False)
class PEMBlock:
    """One block.

    Attributes:
        label: such as ``CERTIFICATE``.
        headers: lines such as ``Proc-Type: 4,ENCRYPTED`` before the base64; mostly none.
        der: what the base64 holds.
    """

    label: str
    headers: bytes
    der: bytes

    def __repr__(self) -> str:
        return f"PEMBlock({self.label!r}, <{len(self.der)} bytes>)"


def pem_blocks(data: bytes) -> Iterator[PEMBlock]:
    """Give the blocks in their order; what is around them or is damaged does not count, as in Go."""
    for found in _BLOCK.finditer(data):
        try:
            der = base64.b64decode(b"".join(found[3].split()), validate=True)
        except binascii.Error:
            continue
        yield PEMBlock(found[1].decode("ascii"), found[2], der)
