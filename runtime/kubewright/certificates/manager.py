"""Keeps a certificate that is valid: asks for the first, and for the next before it expires.

client-go: ``certificate.Manager``.
"""

from __future__ import annotations

import logging
import math
import random
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Final

from kubewright._backoff import Backoff, BackoffPolicy
from kubewright._clock import SYSTEM_CLOCK, Clock, StopToken
from kubewright._closing import Running
from kubewright._threads import SupervisedThread
from kubewright.certificates.errors import SigningError, SigningTimeoutError
from kubewright.certificates.keys import PrivateKey, check_strength, generate_key
from kubewright.certificates.pairs import CertificatePair, certificates_from_pem
from kubewright.certificates.rotation import renewal_time, what_is_wrong
from kubewright.certificates.signing import request_certificate, wait_for_certificate
from kubewright.certificates.source import RotatingCredentials
from kubewright.certificates.stores import CertificateStore, MemoryStore
from kubewright.certificates.template import CertificateTemplate
from kubewright.errors import (
    ForbiddenError,
    KubeError,
    NotFoundError,
    StoppedError,
    UnauthorizedError,
)
from kubewright.rest.client import RESTClient
from kubewright.rest.credentials import CredentialSource

__all__ = ["CertificateManager"]

logger = logging.getLogger("kubewright.certificates")

_AFTER_FAILURES: Final = BackoffPolicy(
    initial=2.0, maximum=32.0, factor=2.0, jitter=0.1, reset_after=math.inf
)
# a signer that signs something else will do so again: each time costs it a certificate
_AFTER_OTHERS: Final = BackoffPolicy(
    initial=2.0, maximum=3600.0, factor=2.0, jitter=0.1, reset_after=math.inf
)
_LOOK_AT_TEMPLATE: Final = 1.0
_CALL_LIMIT: Final = 60.0  # seconds; a server that is gone must not hold the thread for ever
_PATIENCE: Final = 5.0  # seconds that `stop` waits for its threads
_LONGEST_WAIT: Final = 3600.0  # seconds; a machine that slept must see that time has passed


class CertificateManager(Running):
    """Keeps a certificate valid in a thread of its own; may be started once.

    .. code-block:: python

        def connected() -> RESTClient:
            return RESTClient.for_config(rotating)

        manager = CertificateManager(connect=connected, ...)
        rotating = replace(config, credentials=manager.credentials(until_then=bootstrap))
        with connected() as client, manager:
            manager.wait(timeout=60.0)
    """

    def __init__(
        self,
        *,
        connect: Callable[[], AbstractContextManager[RESTClient]],
        template: CertificateTemplate | Callable[[], CertificateTemplate | None],
        signer_name: str,
        store: CertificateStore | None = None,
        bootstrap: CertificatePair | None = None,
        lifetime: timedelta | None = None,
        new_key: Callable[[], PrivateKey] = generate_key,
        signing_timeout: float = 900.0,
        on_renewed: Callable[[CertificatePair, CertificatePair | None], object] | None = None,
        on_failed: Callable[[Exception], object] | None = None,
        clock: Clock = SYSTEM_CLOCK,
        rand: Callable[[], float] = random.random,
    ) -> None:
        """Read the store; nothing is sent before `start`.

        Args:
            connect: makes the client of one request; it is closed afterwards. For a client that is
                to stay open, return ``contextlib.nullcontext(client)``.
            template: what the certificate is to say; or a function that is asked every second, and
                returns ``None`` while nothing is to be asked for. When it changes so that the
                certificate lacks something, the next one is asked for at once.
            signer_name: such as ``kubernetes.io/kube-apiserver-client-kubelet``.
            store: where the certificate is kept; in memory by default.
            bootstrap: is current until there is a certificate of the manager's own. It is not
                written to the store, as client-go does.
            lifetime: what to ask the signer for, ten minutes at least; the signer may give another.
            new_key: makes the key of each certificate.
            signing_timeout: seconds for a signer, after which a new request is made.
            on_renewed: told of a new certificate and of the one before it.
            on_failed: told why an attempt failed; there will be others.
            clock: tells the time and waits.
            rand: spreads renewals and waits; gives numbers from 0 to 1.

        Raises:
            ConfigError: the store has something that cannot be read.
        """
        self._connect = connect
        self._template = template
        self._signer_name = signer_name
        self._store = MemoryStore() if store is None else store
        self._lifetime = lifetime
        self._new_key = new_key
        self._signing_timeout = signing_timeout
        self._on_renewed = on_renewed
        self._on_failed = on_failed
        self._clock = clock
        self._rand = rand
        self._failures = Backoff(_AFTER_FAILURES, clock=clock, rand=rand)
        self._others = Backoff(_AFTER_OTHERS, clock=clock, rand=rand)
        self._stop = StopToken()
        self._threads: list[SupervisedThread] = []
        self._asked_for: CertificateTemplate | None = None  # by the last request that was sent
        self._step = StopToken()  # ends what the thread waits for, when the template changes
        # what follows belongs to this lock, which also tells of changes
        self._changed = threading.Condition()
        self._pair = self._stored()
        self._is_own = self._pair is not None
        if self._pair is None:
            self._pair = bootstrap
        self._renew_at = None if self._pair is None else renewal_time(self._pair, rand=rand)
        self._last_error: Exception | None = None
        self._is_healthy = False

    @property
    def current(self) -> CertificatePair | None:
        """The certificate with its key; ``None`` if there is none yet, or it has expired."""
        with self._changed:
            pair = self._pair
        return None if pair is None or pair.is_expired_at(self._clock.now()) else pair

    @property
    def is_server_healthy(self) -> bool:
        """Whether the API server itself, and no proxy, answered the last request."""
        with self._changed:
            return self._is_healthy

    def credentials(self, *, until_then: CredentialSource | None = None) -> RotatingCredentials:
        """Return credentials that are always the current certificate: for `Config.credentials`.

        Args:
            until_then: used while there is none, such as those of a bootstrap token; the manager's
                own requests need them too.
        """
        return RotatingCredentials(lambda: self.current, until_then=until_then)

    def start(self) -> None:
        """Begin to work.

        Raises:
            RuntimeError: it was started before.
        """
        if self._threads:
            raise RuntimeError("the certificate manager was started before")
        work = {f"certificates of {self._signer_name}": self._run}
        if callable(self._template):
            work[f"template for {self._signer_name}"] = self._follow_template
        for name, function in work.items():
            thread = SupervisedThread(name, function, stop=self._stop, clock=self._clock)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """End the work, and wait a few seconds for it; the certificate stays as it is."""
        self._stop.stop()
        with self._changed:
            self._step.stop()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(_PATIENCE)

    def wait(self, timeout: float | None = None) -> CertificatePair:
        """Wait until there is a valid certificate of its own; return it.

        Args:
            timeout: seconds; without it, for ever.

        Raises:
            SigningTimeoutError: there was none in time; the reason of the last failure is chained.
            StoppedError: the manager was stopped.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._stop.is_stopped or self._has_own(), timeout)
            if self._pair is not None and self._has_own():
                return self._pair
            error = self._last_error
        if self._stop.is_stopped:
            raise StoppedError("the certificate manager was stopped and has no certificate")
        why = f": {error}" if error is not None else ""
        raise SigningTimeoutError(f"there is no certificate after {timeout:g} s{why}") from error

    def _stored(self) -> CertificatePair | None:
        pair = self._store.current()
        return None if pair is None or pair.is_expired_at(self._clock.now()) else pair

    def _has_own(self) -> bool:
        pair = self._pair
        return self._is_own and pair is not None and not pair.is_expired_at(self._clock.now())

    def _wanted(self) -> CertificateTemplate | None:
        return self._template() if callable(self._template) else self._template

    def _run(self) -> None:
        while not self._stop.is_stopped:
            template = self._wanted()
            if template is None:
                self._pause(_LOOK_AT_TEMPLATE)
                continue
            seconds = self._seconds_left(template)
            if seconds > 0.0:
                self._pause(seconds)
                continue
            self._pause(self._attempt(template))

    def _seconds_left(self, template: CertificateTemplate) -> float:
        """The seconds until the next certificate is to be asked for."""
        now = self._clock.now()
        with self._changed:
            pair, renew_at = self._pair, self._renew_at
        if pair is None or renew_at is None or not self._is_own:
            return 0.0
        if what_is_wrong(pair, template, now=now):
            return 0.0
        return min((renew_at - now).total_seconds(), _LONGEST_WAIT)

    def _attempt(self, template: CertificateTemplate) -> float:
        """Ask for a certificate; return the seconds until another attempt may follow."""
        try:
            pair = self._ask(template)
            self._store.update(pair)
        except Exception as error:  # whatever it is, there is to be another attempt
            if isinstance(error, StoppedError) and self._step.is_stopped:
                return 0.0  # by `stop`, or because something else is wanted by now
            return self._failed(error)
        self._take(pair)
        self._failures.reset()
        wrong = template.missing_in(pair.leaf)
        if not wrong and self._seconds_left(template) > 0.0:
            self._others.reset()
            return 0.0
        wait = self._others.next()
        logger.warning(
            "the certificate from %s is not what was asked for: %s; it is kept, and the next asked"
            " for in %.0f s",
            self._signer_name,
            wrong or "it is to be renewed already",
            wait,
        )
        return wait

    def _ask(self, template: CertificateTemplate) -> CertificatePair:
        if template != self._asked_for:
            self._asked_for = template
            self._failures.reset()
            self._others.reset()
        step = self._begin_step()
        key = self._new_key()
        check_strength(key)
        with self._connect() as rest:
            sent = request_certificate(
                rest,
                template.signing_request(key),
                key=key,
                signer_name=self._signer_name,
                usages=template.usages_for(key),
                lifetime=self._lifetime,
                clock=self._clock,
                timeout=_CALL_LIMIT,
            )
            logger.info("asked %s for a certificate: %s", self._signer_name, sent.name)
            signed = wait_for_certificate(
                rest, sent, timeout=self._signing_timeout, stop=step, clock=self._clock
            )
        pair = CertificatePair(certificates_from_pem(signed), key)
        if pair.is_expired_at(self._clock.now()):  # the one before may still be good
            raise SigningError(f"the new certificate expired at {pair.not_after.isoformat()}")
        return pair

    def _take(self, pair: CertificatePair) -> None:
        with self._changed:
            old, self._pair, self._is_own = self._pair, pair, True
            self._renew_at = renewal_time(pair, rand=self._rand)
            self._is_healthy, self._last_error = True, None
            self._changed.notify_all()
        logger.info("the new certificate is valid until %s", pair.not_after.isoformat())
        _tell(self._on_renewed, pair, old)

    def _failed(self, error: Exception) -> float:
        with self._changed:
            self._last_error = error
            self._is_healthy = _comes_from_server(error)
        wait = self._failures.next()
        said = str(error) if isinstance(error, KubeError) else repr(error)
        logger.warning("no certificate from %s: %s; again in %.0f s", self._signer_name, said, wait)
        _tell(self._on_failed, error)
        return wait

    def _follow_template(self) -> None:
        """End what the other thread waits for when something else is wanted than it asked for."""
        while not self._clock.wait(_LOOK_AT_TEMPLATE, self._stop):
            wanted = self._wanted()
            if wanted is None or wanted == self._asked_for:
                continue
            with self._changed:
                pair, step = self._pair, self._step
            if pair is None or what_is_wrong(pair, wanted, now=self._clock.now()):
                logger.info("another certificate is wanted from %s now", self._signer_name)
                step.stop()

    def _pause(self, seconds: float) -> None:
        if seconds > 0.0:
            self._clock.wait(seconds, self._begin_step())

    def _begin_step(self) -> StopToken:
        step = StopToken()
        with self._changed:
            self._step = step
        if self._stop.is_stopped:
            step.stop()
        return step


def _comes_from_server(error: Exception) -> bool:
    """Whether an API server that works said so; a proxy's page has no ``Status`` of its own."""
    if isinstance(error, UnauthorizedError):
        return True  # the proxy in which TLS ends may say it for the server
    if not isinstance(error, ForbiddenError | NotFoundError):
        return False
    causes = error.status.details.causes
    return all(cause.reason != "UnexpectedServerResponse" for cause in causes)


def _tell(callback: Callable[..., object] | None, *what: object) -> None:
    if callback is None:
        return
    try:
        callback(*what)
    except Exception:
        logger.exception("a callback of the certificate manager failed")
