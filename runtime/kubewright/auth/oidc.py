"""Tokens of an OpenID Connect issuer, refreshed and written back into the kubeconfig.

client-go: ``plugin/pkg/client/auth/oidc``.
"""

from __future__ import annotations

import base64
import binascii
import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from kubewright._json import is_object
from kubewright.auth._text import checked_header_text
from kubewright.errors import ApiError, ConfigError, KubeError
from kubewright.rest.client import RESTClient
from kubewright.rest.config import Config
from kubewright.rest.credentials import Credentials
from kubewright.rest.request import Method, Request

__all__ = ["OIDCSource"]

_log = logging.getLogger(__name__)

_EARLY: Final = 10.0  # seconds before its end a token counts as over
_RETRY_AFTER: Final = 10.0  # seconds between attempts after a failure
_TIMEOUT: Final = 30.0
_NEEDED: Final = ("idp-issuer-url", "client-id")
_WELL_KNOWN: Final = "/.well-known/openid-configuration"


class OIDCSource:
    """Gives the id token, and gets another with the refresh token when that one is over.

    One thread refreshes for all that wait. The new tokens are written back, so that other programs
    need no login either; the settings are those of kubectl's ``oidc`` provider.
    """

    def __init__(
        self,
        config: Mapping[str, str],
        *,
        persist: Callable[[Mapping[str, str]], None],
        place: str = "auth-provider",
        now: Callable[[], float] = time.time,
    ) -> None:
        """Check the settings; nothing is sent.

        Args:
            config: ``idp-issuer-url``, ``client-id``, and perhaps ``client-secret``,
                ``id-token``, ``refresh-token``, ``idp-certificate-authority`` (a file) or
                ``idp-certificate-authority-data`` (base64).
            persist: writes new tokens back.
            place: what to call the settings in messages.
            now: seconds since 1970.

        Raises:
            ConfigError: something that is needed is missing, or no base64.
        """
        self._place = place
        for name in _NEEDED:
            if not config.get(name):
                raise ConfigError(f"{place}: {name} is missing")
        self._issuer = config["idp-issuer-url"].rstrip("/")
        self._client_id = config["client-id"]
        self._client_secret = config.get("client-secret", "")
        self._ca_file = config.get("idp-certificate-authority") or None
        self._ca_data = self._decoded(config.get("idp-certificate-authority-data", ""))
        self._persist = persist
        self._now = now
        self._lock = threading.Lock()
        self._refresh_token = config.get("refresh-token", "")
        self._current: Credentials | None = None
        self._ends = 0.0
        self._retry_at = 0.0
        if token := config.get("id-token", ""):
            self._take(token)

    def __repr__(self) -> str:
        return f"OIDCSource({self._issuer!r}, client_id={self._client_id!r})"

    def current(self) -> Credentials:
        """Return an id token that is not over.

        Raises:
            ConfigError: it is over and cannot be refreshed: log in again.
        """
        current = self._current
        if current is not None and self._now() < self._ends - _EARLY:
            return current
        with self._lock:
            if self._current is not current and self._current is not None:
                return self._current  # another thread was faster
            return self._refreshed()

    def refresh(self, rejected: Credentials) -> bool:
        """Get another token for one that the server did not take; once for all threads."""
        with self._lock:
            if self._current is not None and self._current != rejected:
                return True
            if self._now() < self._retry_at:
                return False
            try:
                return self._refreshed() != rejected
            except ConfigError as error:
                self._retry_at = self._now() + _RETRY_AFTER
                _log.warning("after the server rejected the token: %s", error)
                return False

    def _refreshed(self) -> Credentials:
        if not self._refresh_token:
            raise ConfigError(
                f"{self._place}: the id-token is over and there is no refresh-token: log in again"
            )
        answer = self._ask_for_tokens()
        token = answer.get("id_token")
        if not isinstance(token, str) or not token:
            raise ConfigError(f"{self._place}: {self._issuer} sent no id_token: log in again")
        told = {"id-token": token}
        if isinstance(new := answer.get("refresh_token"), str) and new:
            self._refresh_token = told["refresh-token"] = new
        credentials = self._take(token)
        # where clocks differ a new token may look over: it is not asked for with every request
        self._ends = max(self._now() + _EARLY + _RETRY_AFTER, self._ends)
        try:
            self._persist(told)
        except ConfigError as error:
            # this program has the token; the next one has to refresh as well, if it can
            _log.warning("the new tokens are not saved: %s", error)
        return credentials

    def _ask_for_tokens(self) -> dict[str, Any]:
        document = self._sent("GET", f"{self._issuer}{_WELL_KNOWN}")
        endpoint = document.get("token_endpoint")
        if not isinstance(endpoint, str):
            raise ConfigError(f"{self._place}: {self._issuer} names no token_endpoint")
        if self._issuer.startswith("https:") and not endpoint.startswith("https:"):
            raise ConfigError(
                f"{self._place}: {self._issuer} names a token_endpoint without TLS, which would"
                " show the refresh-token to anybody"
            )
        form = {
            "grant_type": "refresh_token",
            "refresh_token": self._refresh_token,
            "client_id": self._client_id,
            "client_secret": self._client_secret,
        }
        content = urlencode({name: value for name, value in form.items() if value})
        return self._sent("POST", endpoint, content.encode())

    def _sent(self, method: Method, url: str, body: bytes | None = None) -> dict[str, Any]:
        try:
            parts = urlsplit(url)
        except ValueError:  # half a bracket
            parts = urlsplit("")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigError(f"{self._place}: {url[:200]!r} is not an http or https URL")
        secure = parts.scheme == "https"
        config = Config(
            host=f"{parts.scheme}://{parts.netloc}",
            ca_data=self._ca_data if secure else None,
            ca_file=self._ca_file if secure and self._ca_data is None else None,
            timeout=_TIMEOUT,
        )
        query = parse_qsl(parts.query, keep_blank_values=True)
        form = "application/x-www-form-urlencoded"
        request = Request(method, parts.path or "/", query, body, form)
        try:
            with RESTClient.for_config(config) as client:
                answer = json.loads(client.send(request).body)
        except ApiError as error:
            # the body of the answer may repeat what was sent
            raise ConfigError(
                f"{self._place}: {parts.netloc} answered with {error.status.code}: log in again"
            ) from None
        except KubeError as error:
            raise ConfigError(f"{self._place}: {error}") from error
        except (ValueError, RecursionError):
            raise ConfigError(f"{self._place}: the answer of {parts.netloc} is no JSON") from None
        if not is_object(answer):
            raise ConfigError(f"{self._place}: the answer of {parts.netloc} is no JSON object")
        return answer

    def _take(self, token: str) -> Credentials:
        credentials = Credentials(token=checked_header_text(token, what=f"{self._place}: id-token"))
        self._ends = self._end_of(token)
        self._current = credentials
        return credentials

    def _end_of(self, token: str) -> float:
        """When a token is over, as it says itself; one that says nothing is over."""
        try:
            payload = token.split(".")[1]
            claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
            return float(claims["exp"])
        except (IndexError, KeyError, TypeError, ValueError, OverflowError, RecursionError):
            _log.debug("%s: the id-token does not say when it ends", self._place)
            return 0.0

    def _decoded(self, data: str) -> bytes | None:
        try:
            return base64.b64decode("".join(data.split()), validate=True) or None
        except (binascii.Error, ValueError):
            raise ConfigError(
                f"{self._place}: idp-certificate-authority-data is no valid base64"
            ) from None
