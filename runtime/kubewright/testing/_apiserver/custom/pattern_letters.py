"""What stands for one character in a pattern of Go, or for a place, as Rust spells it."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["Cursor", "PatternError", "read_single", "spelled"]

_SURROGATES: Final = range(0xD800, 0xE000)
_NOTHING: Final = r"[^\x{0}-\x{10FFFF}]"

_UNICODE_SET: Final = re.compile(r"\\([pP])(?:\{(\^?)([^}]*)\}|([^{]))")
_POSIX_SET: Final = re.compile(r"\[:\^?(.*?):\]", re.DOTALL)
_OCTAL: Final = re.compile(r"0[0-7]{0,2}|[1-7][0-7]{1,2}")
_HEX: Final = re.compile(r"x(?:\{0*(10[\da-fA-F]{4}|[\da-fA-F]{1,5})\}|([\da-fA-F]{2}))", re.ASCII)
_HEX_UP_TO_A_FAULT: Final = re.compile(
    r"x(?:\{0*(?:10[\da-fA-F]{0,4}|[\da-fA-F]{0,5}).?|.{0,2})", re.ASCII | re.DOTALL
)

_PLACES: Final = {
    r"\A": r"\A",
    r"\z": r"\z",
    r"\b": r"(?-u:\b)",
    r"\B": r"(?:(?:\b|\B)(?-u:\B))",  # the first half: not between the bytes of one character
}
_CONTROLS: Final = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
_PERL: Final = {
    r"\d": "[0-9]",
    r"\D": "[^0-9]",
    r"\s": r"[\t\n\f\r\x20]",
    r"\S": r"[^\t\n\f\r\x20]",
    r"\w": "[0-9A-Za-z_]",
    r"\W": "[^0-9A-Za-z_]",
}
_POSIX_NAMES: Final = """
alnum alpha ascii blank cntrl digit graph lower print punct space upper word xdigit
"""
_UNICODE_NAMES: Final = """
any ascii assigned

c cc cf cn co cs l lc ll lm lo lt lu m mc me mn n nd nl no p pc pd pe pf pi po ps s sc sk sm so
z zl zp zs casedletter closepunctuation cntrl combiningmark connectorpunctuation control
currencysymbol dashpunctuation decimalnumber digit enclosingmark finalpunctuation format
initialpunctuation letter letternumber lineseparator lowercaseletter mark mathsymbol
modifierletter modifiersymbol nonspacingmark number openpunctuation other otherletter
othernumber otherpunctuation othersymbol paragraphseparator privateuse punct punctuation
separator spaceseparator spacingmark surrogate symbol titlecaseletter unassigned uppercaseletter

adlam ahom arabic armenian avestan balinese bamum batak bengali bhaiksuki bopomofo brahmi
braille buginese buhid carian chakma cham cherokee chorasmian common coptic cuneiform cypriot
cyrillic deseret devanagari dogra duployan elbasan elymaic ethiopic georgian glagolitic gothic
grantha greek gujarati gurmukhi han hangul hanunoo hatran hebrew hiragana inherited javanese
kaithi kannada katakana kawi kharoshthi khmer khojki khudawadi lao latin lepcha limbu lisu
lycian lydian mahajani makasar malayalam mandaic manichaean marchen medefaidrin miao modi
mongolian mro multani myanmar nabataean nandinagari newa nko nushu ogham oriya osage osmanya
palmyrene phoenician rejang runic samaritan saurashtra sharada shavian siddham sinhala sogdian
soyombo sundanese syriac tagalog tagbanwa takri tamil tangsa tangut telugu thaana thai tibetan
tifinagh tirhuta toto ugaritic vai vithkuqi wancho yezidi yi
"""
_POSIX: Final = frozenset(_POSIX_NAMES.split())
_UNICODE: Final = frozenset(_UNICODE_NAMES.split())


class PatternError(ValueError):
    """Go does not take the pattern; the message is Go's."""


class Cursor:
    """A pattern, and how far it was read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def fault(self, why: str, start: int, end: int | None = None) -> PatternError:
        """Return what Go says of a part of it."""
        return PatternError(f"error parsing regexp: {why}: `{self.text[start:end]}`")


def read_single(here: Cursor) -> str:
    """Read what stands for one character or for a place; return it as Rust spells it.

    Raises:
        PatternError: Go does not know it.
    """
    letter = here.text[here.at]
    if letter == "[":
        return _class(here)
    if letter in "^$.":
        here.at += 1
        return letter
    place = _PLACES.get(here.text[here.at : here.at + 2])
    if place is not None:
        here.at += 2
        return place
    return _set(here) or spelled(_character(here))


def _class(here: Cursor) -> str:
    start = here.at
    here.at += 2 if here.text.startswith("^", start + 1) else 1
    items = [here.text[start : here.at]]
    while len(items) == 1 or not here.text.startswith("]", here.at):
        if here.at == len(here.text):
            raise here.fault("missing closing ]", start)
        items.append(_posix_set(here) or _set(here) or _range(here))
    here.at += 1
    return "".join(items) + "]"


def _range(here: Cursor) -> str:
    start, low = here.at, _character(here)
    after = here.text[here.at : here.at + 2]
    if not after.startswith("-") or after in ("-", "-]"):
        return spelled(low)
    here.at += 1
    high = _character(here)
    if high < low:
        raise here.fault("invalid character class range", start, here.at)
    low = _SURROGATES.stop if low in _SURROGATES else low
    high = _SURROGATES.start - 1 if high in _SURROGATES else high
    return f"{spelled(low)}-{spelled(high)}" if low <= high else _NOTHING


def _posix_set(here: Cursor) -> str | None:
    found = _POSIX_SET.match(here.text, here.at)
    if found is None:
        return None
    if found[1] not in _POSIX:
        raise here.fault("invalid character class range", here.at, found.end())
    here.at = found.end()
    return found[0]


def _set(here: Cursor) -> str | None:
    r"""Read a set such as ``\d`` or ``\p{Greek}``."""
    start, escape = here.at, here.text[here.at : here.at + 2]
    if escape in _PERL:
        here.at += 2
        return _PERL[escape]
    if escape not in (r"\p", r"\P"):
        return None
    found = _UNICODE_SET.match(here.text, start)
    if found is None:
        raise here.fault("invalid character class range", start)
    here.at = found.end()
    given = found[3] or found[4] or ""
    name = re.sub("[-_ ]", "", given).lower()
    if name not in _UNICODE or not given.isascii():
        raise here.fault("invalid character class range", start, here.at)
    among = _NOTHING if name in ("cs", "surrogate") else rf"\p{{{name}}}"
    return f"[^{among}]" if (found[1] == "P") != bool(found[2]) else among


def _character(here: Cursor) -> int:
    """Read a character as it is, or an escaped one."""
    text, start = here.text, here.at
    here.at += 1
    if text[start] != "\\":
        return ord(text[start])
    if here.at == len(text):
        raise here.fault("trailing backslash at end of expression", here.at)
    octal, hexadecimal = _OCTAL.match(text, here.at), _HEX.match(text, here.at)
    found = octal or hexadecimal
    if found is not None:
        here.at = found.end()
        return int(found[0], 8) if octal else int(found[1] or found[2], 16)
    letter, tried = text[here.at], _HEX_UP_TO_A_FAULT.match(text, here.at)
    here.at = tried.end() if tried else here.at + 1
    if letter in _CONTROLS:
        return _CONTROLS[letter]
    if letter.isalnum() or not letter.isascii():
        raise here.fault("invalid escape sequence", start, here.at)
    return ord(letter)


def spelled(code: int) -> str:
    """Return one character as Rust spells it, outside of brackets and within."""
    if code in _SURROGATES:
        return _NOTHING  # no text has any
    letter = chr(code)
    return letter if letter.isascii() and letter.isalnum() else rf"\x{{{code:X}}}"
