"""Values from files and servers as a part of messages, where they can do no harm."""

from __future__ import annotations

__all__ = ["one_line", "shown"]

_SHOWN_LENGTH = 60


def one_line(text: str) -> str:
    """Text for one line of a terminal: what is not printable is escaped, so input cannot act."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def shown(value: object) -> str:
    """A value from the input, quoted for a message: cut short and without control characters."""
    if isinstance(value, str):
        cut = value if len(value) <= _SHOWN_LENGTH else value[:_SHOWN_LENGTH] + "…"
        return one_line(f"'{cut}'")
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float):
        # str() of a huge integer is refused by Python
        huge = isinstance(value, int) and value.bit_length() > 256
        return "a huge number" if huge else str(value)
    names: dict[type, str] = {dict: "an object", list: "a list", tuple: "a list", bytes: "bytes"}
    return names.get(type(value), type(value).__name__)
