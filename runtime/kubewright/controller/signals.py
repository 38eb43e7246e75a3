"""Ends a program gracefully. controller-runtime: ``SetupSignalHandler``."""

from __future__ import annotations

import os
import signal
from types import FrameType

from kubewright._clock import StopToken

__all__ = ["stop_on_signals"]


def stop_on_signals(*signals: signal.Signals, stop: StopToken | None = None) -> StopToken:
    """Return a token that a signal stops; a second signal ends the process at once.

    Call it in the main thread.

    Args:
        signals: SIGTERM and SIGINT, if none is given.
        stop: the token, instead of a new one.
    """
    token = stop or StopToken()

    def handle(number: int, frame: FrameType | None) -> None:
        del frame
        if token.is_stopped:
            os._exit(128 + number)
        token.stop()

    for each in signals or (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, handle)
    return token
