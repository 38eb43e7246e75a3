"""Calls that are made again while the server does not answer.

client-go: ``record.recordToSink``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final, TypeVar

from kubewright._clock import Clock, StopToken
from kubewright._errors import KubeError
from kubewright.errors import AlreadyExistsError, StoppedError, TransportError

__all__ = ["Delivery"]

logger = logging.getLogger("kubewright.events")

T = TypeVar("T")

_TRIES: Final = 12
_PAUSE: Final = 10.0  # seconds


class Delivery:
    """Makes calls for one thread; a call may be made twice though the first one has worked."""

    def __init__(self, *, clock: Clock, rand: Callable[[], float], stop: StopToken) -> None:
        """Prepare.

        Args:
            clock: waits.
            rand: the share of the first pause; gives numbers from 0 to 1.
            stop: ends a wait, and with it the attempts.
        """
        self._clock = clock
        self._rand = rand
        self._stop = stop

    def __call__(self, call: Callable[[], T]) -> T | None:
        """Make a call, again while there is no answer; a refusal is final.

        Returns:
            What the call does; ``None`` when it is given up, or was done already.
        """
        for attempt in range(_TRIES):
            if attempt:
                # the first pause is random: programs that failed together come back apart
                share = self._rand() if attempt == 1 else 1.0
                if self._clock.wait(_PAUSE * share, self._stop):
                    return None
            try:
                return call()
            except StoppedError:
                return None
            except TransportError as error:
                logger.info("an event is not sent yet: %s", error)
            except AlreadyExistsError as error:
                # it was this one, if the answer to an attempt was lost
                logger.debug("an event is there already: %s", error)
                return None
            except KubeError as error:
                logger.warning("the server refused an event: %s", error)
                return None
        logger.warning("an event is lost after %d attempts", _TRIES)
        return None
