"""When the next certificate is due, and what speaks against one that came.

client-go: ``nextRotationDeadline`` and ``jitteryDuration`` of ``util/certificate``.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime
from typing import Final

from kubewright.certificates.pairs import CertificatePair
from kubewright.certificates.template import CertificateTemplate

__all__ = ["renewal_time", "what_is_wrong"]

_FROM: Final = 0.7
_SPREAD: Final = 0.2


def renewal_time(pair: CertificatePair, *, rand: Callable[[], float] = random.random) -> datetime:
    """Return when to ask for the next: after 70 to 90 % of the life.

    Args:
        pair: the certificate.
        rand: gives numbers from 0 to 1; so that many that began together do not come together.
    """
    life = pair.not_after - pair.not_before
    return pair.not_before + life * (_FROM + _SPREAD * rand())


def what_is_wrong(pair: CertificatePair, template: CertificateTemplate, *, now: datetime) -> str:
    """Say why a certificate is not what is wanted, in a few words; empty if it is."""
    if pair.is_expired_at(now):
        return f"it expired at {pair.not_after.isoformat()}"
    return template.missing_in(pair.leaf)
