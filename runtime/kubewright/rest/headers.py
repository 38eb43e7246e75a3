"""The headers that a client adds to its requests, checked and escaped.

client-go: ``transport/round_trippers.go``.
"""

from __future__ import annotations

import base64
import re
import string

from kubewright.errors import ConfigError
from kubewright.rest.config import Config, Impersonation
from kubewright.rest.credentials import Credentials

__all__ = ["authorization", "constant_headers", "header_value"]

Headers = list[tuple[str, str]]

_VALUE = re.compile(r"[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?")
# RFC 7230 allows % in a name as well, but here it starts an escape
_NAME_BYTES = frozenset((string.ascii_letters + string.digits + "!#$&'*+-.^_`|~").encode())


def constant_headers(config: Config) -> Headers:
    """Return the headers that each request of a client has; a name may come more than once."""
    headers = [("User-Agent", header_value("the user agent", config.user_agent))]
    if config.compression:
        headers.append(("Accept-Encoding", "gzip"))
    if config.impersonate is not None:
        headers += _impersonation(config.impersonate)
    return headers


def authorization(credentials: Credentials) -> str | None:
    """Return the value of the Authorization header, or ``None`` for none.

    Raises:
        ConfigError: if there are a token and a password, or a header cannot carry the token. The
            message does not show it.
    """
    if credentials.token:
        if credentials.username or credentials.password:
            raise ConfigError("the credentials have a token and a password: use one of them")
        return "Bearer " + header_value("the token", credentials.token)
    if credentials.username or credentials.password:
        pair = f"{credentials.username or ''}:{credentials.password or ''}"
        return "Basic " + base64.b64encode(pair.encode()).decode()
    return None


def header_value(what: str, value: str) -> str:
    """Return the text as http.client sends it, byte for byte in UTF-8.

    Raises:
        ConfigError: on a line break or another control character, or blanks around the text. The
            message names ``what`` and never shows the value.
    """
    sent = value if value.isascii() else value.encode().decode("latin-1")
    if not _VALUE.fullmatch(sent):
        raise ConfigError(f"{what} has a character that an HTTP header cannot carry")
    return sent


def _impersonation(user: Impersonation) -> Headers:
    headers = [("Impersonate-User", header_value("the user to impersonate", user.user))]
    if user.uid:
        headers.append(("Impersonate-Uid", header_value("the uid to impersonate", user.uid)))
    headers += [
        ("Impersonate-Group", header_value("a group to impersonate", group))
        for group in user.groups
    ]
    for key, values in user.extra.items():
        for value in values:
            name = f"Impersonate-Extra-{_escaped(key)}"
            headers.append((name, header_value(f"the extra {key!r} to impersonate", value)))
    return headers


def _escaped(key: str) -> str:
    return "".join(chr(b) if b in _NAME_BYTES else f"%{b:02X}" for b in key.encode())
