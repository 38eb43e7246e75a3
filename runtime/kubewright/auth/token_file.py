"""A bearer token in a file that somebody else keeps fresh, as the kubelet does for pods.

client-go: ``transport.NewCachedFileTokenSource``. It drops a token after a 401 and leaves the
request failed; here `TokenFileSource.refresh` lets the client send it once more.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from kubewright.auth._text import checked_header_text
from kubewright.errors import ConfigError
from kubewright.rest.credentials import Credentials

__all__ = ["TokenFileSource"]

_log = logging.getLogger(__name__)

_LARGEST_TOKEN = 1 << 20  # bytes; what no server takes in a header need not be read


class TokenFileSource:
    """Reads a token from its file again every minute, and when the server rejects it."""

    def __init__(
        self,
        path: str | Path,
        *,
        initial: str | None = None,
        reread_after: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Read nothing yet.

        Args:
            path: the file with the token; space around the token does not count.
            initial: the token to use while the file cannot be read.
            reread_after: seconds for which a token that was read is not read again.
            clock: seconds on a clock that never goes back.
        """
        self._path = Path(path)
        self._reread_after = reread_after
        self._clock = clock
        self._lock = threading.Lock()
        self._current = Credentials(token=initial) if initial else None
        self._read_at: float | None = None

    def __repr__(self) -> str:
        return f"TokenFileSource({str(self._path)!r})"

    def current(self) -> Credentials:
        """Return the token; the last good one while the file cannot be read.

        Raises:
            ConfigError: if no token was ever there.
        """
        with self._lock:
            if self._current is None or self._is_due():
                self._read()
            assert self._current is not None  # noqa: S101  (_read raises otherwise)
            return self._current

    def refresh(self, rejected: Credentials) -> bool:
        """Read the file now, unless a newer token than the rejected one is here already."""
        with self._lock:
            if self._current is None or self._current.token == rejected.token:
                try:
                    self._read()
                except ConfigError:
                    return False
            return self._current is not None and self._current.token != rejected.token

    def _is_due(self) -> bool:
        return self._read_at is None or self._clock() - self._read_at >= self._reread_after

    def _read(self) -> None:
        self._read_at = self._clock()
        try:
            token = _read_token(self._path)
        except ConfigError as error:
            if self._current is None:
                raise
            _log.warning("%s; going on with the token from before", error)
            return
        if self._current is None or self._current.token != token:
            self._current = Credentials(token=token)


def _read_token(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_TOKEN + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError(f"cannot read the token file {path}: {reason}") from error
    if len(content) > _LARGEST_TOKEN:
        raise ConfigError(f"the token file {path} holds more than a token: it is over 1 MiB")
    try:
        token = content.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise ConfigError(f"the token file {path} holds bytes that are no UTF-8 text") from None
    if not token:
        raise ConfigError(f"the token file {path} is empty")
    return checked_header_text(token, what=f"the token in {path}")
