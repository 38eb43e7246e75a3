"""PEM: labelled blocks of base64, with anything around them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

__all__ = ["PEMBlock", "pem_blocks"]

_BLOCK: Final = re.compile(
    rb"^-----BEGIN ([A-Z0-9 ]{1,64})-----[ \t]*\r?\n(.*?)^-----END \1-----[ \t]*\r?$",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True, slots=True, repr=False)
class PEMBlock:
    """One block.

    Attributes:
        label: such as ``CERTIFICATE``.
        text: the block with its first and its last line.
        has_headers: whether lines such as ``Proc-Type: …`` stand before the base64.
    """

    label: str
    text: bytes
    has_headers: bool

    def __repr__(self) -> str:
        return f"PEMBlock({self.label!r}, <{len(self.text)} bytes>)"


def pem_blocks(data: bytes) -> Iterator[PEMBlock]:
    """Give the blocks in their order; what is around them does not count."""
    for found in _BLOCK.finditer(data):
        yield PEMBlock(found[1].decode("ascii"), found[0] + b"\n", b":" in found[2])
