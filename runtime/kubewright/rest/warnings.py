"""Warnings that a server sends beside its answer, such as the use of a deprecated API.

client-go: ``rest.WarningHandler``, ``net.ParseWarningHeaders`` (RFC 7234, section 5.5).
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header

__all__ = ["LogWarnings", "ServerWarning", "WarningHandler", "parse_warnings"]

logger = logging.getLogger("kubewright.rest.warnings")

_WARNING = re.compile(
    r"""\s* (?P<code>\d{3}) [ ] (?P<agent>[^\s",]+) [ ] "(?P<text>(?:[^"\\]|\\.)*)"
        (?:[ ]"[^"]*")? \s* (?:,|$)""",
    re.VERBOSE | re.DOTALL,
)
_MANY = 1000


@dataclass(frozen=True, slots=True)
class ServerWarning:
    """One warning; the API server sends code 299 and the agent ``-``."""

    code: int
    agent: str
    text: str


WarningHandler = Callable[[ServerWarning], None]


class LogWarnings:
    """Logs each text once; the default, so that a loop does not fill the log."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: set[str] = set()

    def __call__(self, warning: ServerWarning) -> None:
        """Log the warning, if it is the first of its text."""
        if warning.code != 299 or not warning.text:
            return
        with self._lock:
            if warning.text in self._seen:
                return
            if len(self._seen) >= _MANY:
                self._seen.clear()
            self._seen.add(warning.text)
        logger.warning("the API server warns: %s", warning.text)


def parse_warnings(header: str) -> list[ServerWarning]:
    """Return the warnings of a header, several of them joined by commas.

    What cannot be read ends the list: a warning is never worth an error.
    """
    found: list[ServerWarning] = []
    position = 0
    while match := _WARNING.match(header, position):
        text = re.sub(r"\\(.)", r"\1", match["text"], flags=re.DOTALL)
        found.append(ServerWarning(int(match["code"]), match["agent"], _readable(text)))
        position = match.end()
        if position >= len(header):
            break
    return found


def _readable(text: str) -> str:
    if "=?" in text:
        with suppress(HeaderParseError, LookupError, ValueError):
            text = str(make_header(decode_header(text)))
    # a header cannot have control characters, an encoded word in it can: not into a terminal
    return "".join(c if c.isprintable() else " " for c in text)
