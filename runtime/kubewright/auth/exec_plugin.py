"""Credentials from a program, as cloud providers ship them: run when needed, kept until they expire.

client-go: ``plugin/pkg/client/auth/exec``. There a plugin runs after expiry or after a 401 that the
caller gets to see; here it runs ahead of expiry, and the client sends a rejected request again.
"""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Protocol
from weakref import WeakValueDictionary

from kubewright.auth._text import plain_text
from kubewright.auth.exec_spec import ExecAnswer, ExecCluster, ExecSpec, exec_info, parse_answer
from kubewright.errors import ConfigError
from kubewright.rest.credentials import Credentials

__all__ = ["ExecPluginSource", "PluginRunner", "is_allowed", "run_plugin", "shared_exec_source"]

_log = logging.getLogger(__name__)

_EARLIEST = 60.0  # seconds before expiry; less for what lives shorter
_EARLY_PART = 0.1  # of the lifetime
_RETRY_AFTER = 10.0  # seconds between attempts while the credentials from before still serve
_LARGEST_ANSWER = 4 << 20  # bytes
_HINTS_AN_HOUR = 10
_DOCUMENTATION = (
    "https://kubernetes.io/docs/reference/access-authn-authz/authentication/"
    "#client-go-credential-plugins"
)


class PluginRunner(Protocol):
    """Runs the program of a plugin; `run_plugin` does, a test may do otherwise."""

    def __call__(self, spec: ExecSpec, cluster: ExecCluster | None) -> bytes:
        """Return what it wrote to its standard output.

        Raises:
            ConfigError: if it cannot be run, takes too long or fails.
        """
        ...


class _NotInstalledError(ConfigError):
    """The program of a credential plugin is not installed."""


@dataclass(frozen=True, slots=True)
class _Held:
    """An answer, with the times in it turned into seconds of the wall clock."""

    credentials: Credentials
    expires: float | None
    renew_at: float | None


class _Flight:
    """One run of the plugin that many threads wait for."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.held: _Held | None = None
        self.error: ConfigError | None = None


class ExecPluginSource:
    """Runs a plugin once for all the threads that wait, and keeps what it said until it expires."""

    def __init__(
        self,
        spec: ExecSpec,
        cluster: ExecCluster | None = None,
        *,
        run: PluginRunner | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Run nothing yet.

        Args:
            spec: the program.
            cluster: what to tell it of the cluster; only used where the spec asks for it.
            run: runs it; `run_plugin` where nothing else is given.
            now: seconds since 1970, what expiry is compared with.
        """
        self._spec = spec
        self._cluster = cluster if spec.provide_cluster_info else None
        self._run = run or run_plugin
        self._now = now
        self._lock = threading.Lock()
        self._held: _Held | None = None
        self._flight: _Flight | None = None
        self._retry_at = 0.0
        self._useless: tuple[Credentials, float] | None = None
        self._hints: deque[float] = deque(maxlen=_HINTS_AN_HOUR)

    @property
    def spec(self) -> ExecSpec:
        """The program."""
        return self._spec

    def __repr__(self) -> str:
        return f"ExecPluginSource({self._spec!r})"

    def current(self) -> Credentials:
        """Return credentials that have not expired, from a new run if need be.

        Raises:
            ConfigError: if the plugin gives none.
        """
        held, now = self._held, self._now()
        if held is not None:
            if held.renew_at is None or now < held.renew_at:
                return held.credentials
            if held.expires is not None and now < held.expires:
                return self._renew_early(held, now)
        return self._fetch(since=held).credentials

    def refresh(self, rejected: Credentials) -> bool:
        """Run the plugin, unless it has given others than the rejected ones meanwhile.

        A plugin that fails, or repeats itself, leaves the caller with the server's answer.
        """
        held = self._held
        if held is not None and held.credentials != rejected:
            return True
        useless = self._useless
        if useless is not None and useless[0] == rejected and self._now() < useless[1]:
            return False
        try:
            held = self._fetch(since=held)
        except ConfigError as error:
            _log.warning("after the server rejected the credentials: %s", error)
            return False
        if held.credentials != rejected:
            return True
        # else each of many rejected requests would run it again
        self._useless = (rejected, self._now() + _RETRY_AFTER)
        return False

    def _renew_early(self, held: _Held, now: float) -> Credentials:
        with self._lock:
            if self._flight is not None or now < self._retry_at:
                return held.credentials
            self._retry_at = now + _RETRY_AFTER
        try:
            return self._fetch(since=held).credentials
        except ConfigError as error:
            _log.warning("%s; going on with the credentials from before", error)
            return held.credentials

    def _fetch(self, *, since: _Held | None) -> _Held:
        """Run the plugin or wait for its run; not at all if there is news ``since`` then."""
        while True:
            with self._lock:
                if self._held is not None and self._held is not since:
                    return self._held
                flight = self._flight
                leads = flight is None
                if flight is None:
                    flight = self._flight = _Flight()
            if leads:
                return self._lead(flight)
            flight.done.wait()
            if flight.error is not None:
                raise type(flight.error)(*flight.error.args) from flight.error
            if flight.held is not None:
                return flight.held
            # the leading thread was interrupted: somebody else has to lead

    def _lead(self, flight: _Flight) -> _Held:
        try:
            flight.held = self._hold(parse_answer(self._run(self._spec, self._cluster), self._spec))
            return flight.held
        except _NotInstalledError as error:
            flight.error = self._with_hint(error)
            raise flight.error from None
        except ConfigError as error:
            flight.error = error
            raise
        finally:
            with self._lock:
                self._held = flight.held or self._held
                self._flight = None
            flight.done.set()

    def _hold(self, answer: ExecAnswer) -> _Held:
        credentials = answer.credentials
        if self._held is not None and self._held.credentials == credentials:
            credentials = self._held.credentials
        if answer.expires is None:
            return _Held(credentials, None, None)
        expires = answer.expires.timestamp()
        lifetime = max(0.0, expires - self._now())
        return _Held(credentials, expires, expires - min(_EARLIEST, _EARLY_PART * lifetime))

    def _with_hint(self, error: _NotInstalledError) -> ConfigError:
        now = self._now()
        if len(self._hints) == _HINTS_AN_HOUR and now - self._hints[0] < 3600:
            return error  # a controller that retries would fill its log with it
        self._hints.append(now)
        hint = plain_text(self._spec.install_hint).strip()
        lines = [str(error), f"It is a credential plugin of the kubeconfig, see {_DOCUMENTATION}"]
        return _NotInstalledError("\n".join([*lines, hint] if hint else lines))


def run_plugin(
    spec: ExecSpec,
    cluster: ExecCluster | None,
    *,
    environ: Mapping[str, str] | None = None,
    has_terminal: Callable[[], bool] | None = None,
    timeout: float = 180.0,
) -> bytes:
    """Run the program without a shell and return what it wrote; its errors go to our own stderr.

    Args:
        spec: the program.
        cluster: what to tell it of the cluster.
        environ: the variables of this process.
        has_terminal: whether a user could answer on the standard input.
        timeout: seconds to wait; a program that talks with a user has all the time in the world.

    Raises:
        ConfigError: if it cannot be run, takes too long or fails; without anything it wrote.
    """
    environ = os.environ if environ is None else environ
    interactive = _is_interactive(spec, has_terminal or _stdin_is_terminal)
    argv = [_find(spec.command, environ.get("PATH")), *spec.args]
    env = {**environ, **dict(spec.env)}
    env["KUBERNETES_EXEC_INFO"] = exec_info(spec, cluster, interactive=interactive)
    try:
        done = subprocess.run(
            argv,
            env=env,
            stdin=None if interactive else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            timeout=None if interactive else timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        # not chained: that error holds the arguments and what was written so far
        raise ConfigError(
            f"the credential plugin {spec.command} did not end within {timeout:g} s"
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise ConfigError(f"the credential plugin {spec.command} cannot be run: {reason}") from None
    if done.returncode != 0:
        raise ConfigError(
            f"the credential plugin {spec.command} failed with exit code {done.returncode};"
            " what it had to say is on the standard error"
        )
    if len(done.stdout) > _LARGEST_ANSWER:
        raise ConfigError(f"the credential plugin {spec.command} wrote more than 4 MiB")
    return done.stdout


def is_allowed(
    spec: ExecSpec, allowed: Collection[str], *, environ: Mapping[str, str] | None = None
) -> bool:
    """Whether a plugin is one of those that may be run: the same file, however it is named."""
    path = (os.environ if environ is None else environ).get("PATH")
    wanted = shutil.which(spec.command, path=path)
    return wanted is not None and any(
        os.path.samefile(wanted, found)
        for each in allowed
        if (found := shutil.which(each, path=path)) is not None
    )


def _find(command: str, path: str | None) -> str:
    if os.path.isabs(command):
        if not os.path.exists(command):
            raise _NotInstalledError(f"the credential plugin {command} does not exist")
        return command
    found = shutil.which(command, path=path)
    if found is None:
        raise _NotInstalledError(f"the credential plugin {command} is not in PATH")
    if not os.path.isabs(found):
        # a PATH with "." in it would run what lies in the folder one happens to be in
        raise ConfigError(
            f"the credential plugin {command} was found in a relative folder of PATH, which is"
            " not safe: give its absolute path in the kubeconfig"
        )
    return found


def _is_interactive(spec: ExecSpec, has_terminal: Callable[[], bool]) -> bool:
    if spec.interactive_mode == "Never":
        return False
    if has_terminal():
        return True
    if spec.interactive_mode == "Always":
        raise ConfigError(
            f"the credential plugin {spec.command} asks a user (interactiveMode: Always), and"
            " standard input is no terminal: run it in one, or use other credentials"
        )
    return False


def _stdin_is_terminal() -> bool:
    try:
        return sys.stdin is not None and sys.stdin.isatty()
    except ValueError:  # closed
        return False


_shared: WeakValueDictionary[tuple[ExecSpec, ExecCluster | None], ExecPluginSource] = (
    WeakValueDictionary()
)
_shared_lock = threading.Lock()


def shared_exec_source(spec: ExecSpec, cluster: ExecCluster | None = None) -> ExecPluginSource:
    """Return the one source of this process for a plugin and, if it asks for that, a cluster.

    Clients that use the same plugin share its credentials, and one login serves them all; the
    source goes when the last of them does.
    """
    key = (spec, cluster if spec.provide_cluster_info else None)
    with _shared_lock:
        source = _shared.get(key)
        if source is None:
            source = _shared[key] = ExecPluginSource(*key)
        return source
