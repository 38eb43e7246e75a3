"""Checks of secrets that become a header, with messages that do not show them."""

from __future__ import annotations

from kubewright.errors import ConfigError


def checked_header_text(value: str, *, what: str) -> str:
    """Return the value if a header can carry it.

    HTTP libraries put the offending value in their error, and so in logs; here it never shows.

    Raises:
        ConfigError: with ``what`` for its subject.
    """
    if any(ord(c) < 0x20 or ord(c) == 0x7F for c in value):
        raise ConfigError(
            f"{what} has a line break or another control character in it: store it without"
        )
    return value


def plain_text(text: str) -> str:
    """Return the text without terminal escapes and control characters, line breaks kept."""
    return "".join(c for c in _without_escapes(text) if c in "\n\t" or c.isprintable())


def _without_escapes(text: str) -> str:
    kept: list[str] = []
    rest = text
    while rest:
        before, escape, rest = rest.partition("\x1b")
        kept.append(before)
        if escape and rest.startswith("["):
            end = next((i for i, c in enumerate(rest[1:], 2) if "@" <= c <= "~"), len(rest))
            rest = rest[end:]
    return "".join(kept)
