"""Which proxy leads to a server: the kubeconfig's, else the environment's.

client-go: ``http.ProxyFromEnvironment`` with ``NewProxierWithNoProxyCIDR``.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from kubewright.errors import ConfigError
from kubewright.rest.config import without_password

__all__ = ["bypasses_proxy", "is_this_machine", "proxy_for"]

_SCHEMES = ("http", "https", "socks5", "socks5h")


def proxy_for(
    url: str, configured: str | None, environment: Mapping[str, str] = os.environ
) -> str | None:
    """Return the URL of the proxy to take to the server, or ``None`` for the direct way.

    Args:
        url: of the server.
        configured: the kubeconfig's ``proxy-url``. No variable takes it back, not even NO_PROXY.
        environment: HTTPS_PROXY or HTTP_PROXY by the server's scheme, ALL_PROXY, NO_PROXY, in
            either case of letters.

    Raises:
        ConfigError: if the proxy's URL is none, or of a kind that is not supported.
    """
    if configured:
        return _checked(configured, "proxy_url")
    scheme = urlsplit(url).scheme
    for name in (f"{scheme.upper()}_PROXY", "ALL_PROXY"):
        if name == "HTTP_PROXY" and "REQUEST_METHOD" in environment:
            # in a CGI program the client of the web server could set it, by a header "Proxy"
            continue
        value = _either_case(environment, name)
        if value:
            if bypasses_proxy(url, _either_case(environment, "NO_PROXY")):
                return None
            return _checked(value if "://" in value else f"http://{value}", name)
    return None


def bypasses_proxy(url: str, no_proxy: str) -> bool:
    """Return whether NO_PROXY says to go to the server directly.

    Its entries are ``*``, a domain (which has its subdomains), ``.domain`` or ``*.domain`` (the
    subdomains only), an address or a network in CIDR notation; a domain and an address may have a
    port. This machine itself is never reached through a proxy.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = _address(host)
    if is_this_machine(host):
        return True
    entries = (entry.strip().lower() for entry in no_proxy.split(","))
    return any(_matches(entry, host, port, address) for entry in entries if entry)


def is_this_machine(host: str) -> bool:
    """Return whether a name or an address of a URL is a loopback."""
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def _matches(entry: str, host: str, port: int, address: _Address | None) -> bool:
    if entry == "*":
        return True
    if "/" in entry:
        try:
            return address is not None and address in ipaddress.ip_network(entry, strict=False)
        except ValueError:
            return False
    name, entry_port = _split_port(entry)
    if entry_port is not None and entry_port != port:
        return False
    if address is not None:
        return _address(name) == address
    if name.startswith(("*.", ".")):
        return host.endswith(name.removeprefix("*"))
    return host == name or host.endswith(f".{name}")


def _split_port(entry: str) -> tuple[str, int | None]:
    if _address(entry) is not None:
        return entry, None
    name, colon, port = entry.rpartition(":")
    if colon and port.isascii() and port.isdecimal():
        return name.strip("[]"), int(port)
    return entry.strip("[]"), None


def _address(host: str) -> _Address | None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _either_case(environment: Mapping[str, str], name: str) -> str:
    return environment.get(name) or environment.get(name.lower(), "")


def _checked(url: str, origin: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in _SCHEMES and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        usable = False
    if not usable:
        raise ConfigError(
            f"{origin} {without_password(url)!r} is no proxy:"
            " it takes http://, https:// or socks5:// and a host"
        )
    return url
