"""The format ``email``: one address, with or without a name.

Go: ``ParseAddress`` of ``net/mail``, for RFC 5322. Its oddities are told of where they are.
"""

from __future__ import annotations

import re
from typing import Final

from kubewright.testing._apiserver.custom.formats.addresses import is_ip

__all__ = ["is_email"]

_SPACE: Final = re.compile("[ \t]*")
_ATOM: Final = re.compile(r'[^\x00-\x20\x7f()<>\[\]:;@\\,"]+')
_QUOTED: Final = re.compile(r'"((?:[^\x00-\x08\x0a-\x1f\x7f"\\]|\\[^\x00-\x08\x0a-\x1f\x7f])*+)"')
_LITERAL: Final = re.compile(r"\[([^\]]*)\]")
_IN_COMMENT: Final = re.compile(r"\\?.", re.DOTALL)
_CHARSETS: Final = ("iso-8859-1", "us-ascii", "utf-8")
_BASE64: Final = re.compile("[A-Za-z0-9+/]*={0,2}")
_Q_LETTER: Final = re.compile(r"=[0-9a-fA-F]{2}|[\t\n\r\x20-<>-~]")


class _NoAddressError(Exception):
    """It is none."""


def is_email(text: str) -> bool:
    """Whether it is the address of one person, or of a group of one."""
    reader = _Reader(text)
    try:
        reader.address(may_be_group=True)
        reader.skip()
    except _NoAddressError:
        return False
    return reader.is_at_end


class _Reader:
    """Reads an address from the left to the right; what it expects is there, or it is no address."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    @property
    def is_at_end(self) -> bool:
        return self._at == len(self._text)

    def address(self, *, may_be_group: bool) -> None:
        self._take(_SPACE)
        if self._has_spec():
            self._take(_SPACE)
            if self._begins("("):
                for word in re.split("[ \t]+", self._comment()):
                    _decoded(word)
            return
        if not self._begins("<"):
            self._phrase()
        self._take(_SPACE)
        if may_be_group and self._begins(":"):
            self._group()
            return
        self._expect("<")
        if not self._has_spec():
            raise _NoAddressError
        self._expect(">")

    def skip(self) -> None:
        """Go over spaces and comments."""
        self._take(_SPACE)
        while self._begins("("):
            self._comment()
            self._take(_SPACE)

    def _group(self) -> None:
        """Read a group; one of no or of more addresses is none that is asked for."""
        self._expect(":")
        self.address(may_be_group=False)
        self.skip()
        self._expect(";")

    def _has_spec(self) -> bool:
        """Read what says where mail goes; where it is something else, nothing is read."""
        start = self._at
        self._take(_SPACE)
        quoted = self._take(_QUOTED)
        has_local = bool(quoted[1]) if quoted else self._has_dot_atom()
        if has_local and self._begins("@"):
            self._at += 1
            self._take(_SPACE)
            literal = self._take(_LITERAL)
            if is_ip(literal[1]) if literal else self._has_dot_atom():
                return True
        self._at = start
        return False

    def _has_dot_atom(self) -> bool:
        atom = self._take(_ATOM)
        return atom is not None and "" not in atom[0].split(".")

    def _phrase(self) -> None:
        """Read a name.

        In Go, no comment is between encoded words at its beginning; such words alone are no name
        if they say nothing; and one in an unknown character set ends a name that has begun.
        """
        has_words = says_something = False
        while True:
            if has_words:
                self.skip()
            self._take(_SPACE)
            if self._take(_QUOTED):
                has_words = True
                continue
            atom = self._take(_ATOM)
            if atom is None:
                break
            try:
                decoded = _decoded(atom[0])
            except _NoAddressError:
                break
            has_words = has_words or decoded is None
            says_something = says_something or bool(decoded)
        if not has_words and not says_something:
            raise _NoAddressError

    def _comment(self) -> str:
        """Read a comment, which may have others in it; return it."""
        depth = 0
        said: list[str] = []
        for found in _IN_COMMENT.finditer(self._text, self._at):
            depth += {"(": 1, ")": -1}.get(found[0], 0)
            if not depth:
                self._at = found.end()
                return "".join(said[1:])
            said.append(found[0][-1])
        raise _NoAddressError

    def _begins(self, letter: str) -> bool:
        return self._text.startswith(letter, self._at)

    def _expect(self, letter: str) -> None:
        if not self._begins(letter):
            raise _NoAddressError
        self._at += 1

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._text, self._at)
        if found is not None:
            self._at = found.end()
        return found


def _decoded(word: str) -> str | None:
    """Return what an encoded word (RFC 2047) says in its code; None if it is none.

    Raises:
        _NoAddressError: it is one in an unknown character set.
    """
    parts = word[2:-2].split("?")
    if not (word.startswith("=?") and word.endswith("?=") and len(parts) == 3 and parts[0]):
        return None
    charset, encoding, text = parts
    if encoding in ("b", "B"):
        text = re.sub("[\r\n]", "", text)
        is_one = len(text) % 4 == 0 and _BASE64.fullmatch(text) is not None
    else:
        is_one = encoding in ("q", "Q") and _Q_LETTER.sub("", text) == ""
    if not is_one:
        return None
    if charset.casefold() not in _CHARSETS:
        raise _NoAddressError
    return text
