"""Connections to one API server, direct or through a proxy, as urllib3 keeps them.

client-go: ``transport/cache.go`` and the dialer of ``rest.Config``.
"""

from __future__ import annotations

import importlib.util
import queue
import socket
import ssl
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util import make_headers

from kubewright.errors import ConfigError
from kubewright.rest.config import Config, without_password
from kubewright.rest.dialing import Call, dial
from kubewright.rest.tls import proxy_context

__all__ = ["new_pool_manager", "own_connection"]

# seconds of silence before the kernel asks whether the other side still lives, and between tries
_KEEPALIVE_IDLE = 30
_KEEPALIVE_INTERVAL = 15
_KEEPALIVE_TRIES = 4


def new_pool_manager(config: Config, proxy: str | None, context: ssl.SSLContext) -> PoolManager:
    """Return what opens connections, with TLS settings that no environment variable changes.

    Args:
        config: for the server's TLS name and the number of idle connections.
        proxy: the URL of a checked proxy.
        context: TLS to the API server.

    Raises:
        ConfigError: for a socks proxy without PySocks.
    """
    options: dict[str, Any] = {
        "num_pools": 2,
        "maxsize": config.max_idle_connections,
        # a watch holds its connection for as long as it lasts: never wait for one to come back
        "block": False,
        "ssl_context": context,
        "server_hostname": config.tls_server_name,
        "socket_options": _socket_options(),
    }
    if proxy is None:
        manager = PoolManager(**options)
    elif proxy.startswith("socks"):
        return _socks_manager(proxy, options)
    else:
        manager = _proxy_manager(config, proxy, options)
    classes: dict[str, type[HTTPConnectionPool]] = {"http": _HttpPool, "https": _HttpsPool}
    manager.pool_classes_by_scheme = cast("Any", classes)
    return manager


def own_connection(pool: HTTPConnectionPool, host: str, port: int, timeout: float) -> socket.socket:
    """Open a connection that the caller owns, through the proxy and with the TLS of a pool.

    Args:
        pool: of the server.
        host: of the server; a pool of plain HTTP through a proxy knows the proxy alone.
        port: of the server.
        timeout: seconds to connect.

    Raises:
        OSError: there is no connection.
        ConfigError: the proxy is one of https, which cannot carry it.
    """
    # as the pool makes them, whatever its proxy
    connection: Any = cast("Any", pool)._new_conn()
    connection.timeout = timeout
    if pool.proxy is not None:
        # a tunnel for plain HTTP too: the proxy must not look into what is no HTTP any more
        connection.set_tunnel(
            scheme="https" if isinstance(pool, HTTPSConnectionPool) else "http",
            host=host,
            port=port,
            headers=pool.proxy_headers,
        )
    connection.connect()
    sock: Any = connection.sock
    if not isinstance(sock, socket.socket):
        connection.close()
        raise ConfigError("exec, attach and port-forward do not go through a proxy of https")
    return sock


class _HttpConnection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        Call.uses(self)

    def _new_conn(self) -> socket.socket:
        return dial(self)

    def request(self, *args: Any, **options: Any) -> None:
        Call.uses(self)
        super().request(*args, **options)


class _Handshaking:
    """A connection whose TLS is not there yet; ssl takes the socket itself away meanwhile."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock.dup()


class _HttpsConnection(HTTPSConnection):
    _handshaking: _Handshaking | None = None

    def connect(self) -> None:
        try:
            super().connect()
        finally:
            handshaking, self._handshaking = self._handshaking, None
            Call.uses(self)
            if handshaking is not None:
                handshaking.sock.close()

    def _new_conn(self) -> socket.socket:
        sock = self._dial()
        self._handshaking = _Handshaking(sock)
        Call.uses(self._handshaking)
        return sock

    def _dial(self) -> socket.socket:
        return dial(self)

    def request(self, *args: Any, **options: Any) -> None:
        Call.uses(self)
        super().request(*args, **options)


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = cast("Any", _HttpConnection)

    def _put_conn(self, conn: Any) -> None:
        _put_quietly(self, conn)


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = cast("Any", _HttpsConnection)

    def _put_conn(self, conn: Any) -> None:
        _put_quietly(self, conn)

    def _validate_conn(self, conn: Any) -> None:
        # as in urllib3, but without its warning: insecure_skip_tls_verify says it was meant
        if conn.is_closed:
            conn.connect()


def _put_quietly(pool: HTTPConnectionPool, conn: Any) -> None:
    # urllib3 logs a warning when more connections come back than it keeps; here that is normal
    idle = pool.pool
    if idle is not None:
        try:
            idle.put(conn, block=False)
            return
        except queue.Full:
            pass
    if conn is not None:
        conn.close()


def _proxy_manager(config: Config, proxy: str, options: dict[str, Any]) -> ProxyManager:
    user = _user_of(proxy)
    headers = make_headers(proxy_basic_auth=":".join(user)) if user else None
    tls = proxy_context(config) if proxy.startswith("https") else None
    return ProxyManager(
        without_password(proxy), proxy_headers=headers, proxy_ssl_context=tls, **options
    )


def _socks_manager(proxy: str, options: dict[str, Any]) -> PoolManager:
    # found before urllib3's module is imported, which warns when it is absent
    if importlib.util.find_spec("socks") is None:
        raise ConfigError(
            f"the proxy {without_password(proxy)} needs PySocks: pip install 'kubewright[socks]'"
        )
    from urllib3.contrib import socks

    class Connection(_HttpsConnection, socks.SOCKSHTTPSConnection):
        def _new_conn(self) -> Any:
            return super()._new_conn()

        def _dial(self) -> Any:
            return socks.SOCKSHTTPSConnection._new_conn(self)

    class Pool(_HttpsPool):
        ConnectionCls = cast("Any", Connection)

    # the proxy looks the name up, as with client-go: it may not be known on this side
    _, _, rest = without_password(proxy).partition("://")
    username, password = _user_of(proxy) or (None, None)
    manager = socks.SOCKSProxyManager(
        f"socks5h://{rest}", username=username, password=password, **options
    )
    classes: dict[str, Any] = {**manager.pool_classes_by_scheme, "https": Pool}
    manager.pool_classes_by_scheme = classes
    return manager


def _user_of(proxy: str) -> tuple[str, str] | None:
    parts = urlsplit(proxy)
    if parts.username is None:
        return None
    return unquote(parts.username), unquote(parts.password or "")


def _socket_options() -> list[tuple[int, int, int]]:
    options = [
        (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    ]
    # macOS calls the first of them TCP_KEEPALIVE
    for names, value in (
        (("TCP_KEEPIDLE", "TCP_KEEPALIVE"), _KEEPALIVE_IDLE),
        (("TCP_KEEPINTVL",), _KEEPALIVE_INTERVAL),
        (("TCP_KEEPCNT",), _KEEPALIVE_TRIES),
    ):
        found = next((getattr(socket, name) for name in names if hasattr(socket, name)), None)
        if found is not None:
            options.append((socket.IPPROTO_TCP, found, value))
    return options
