"""A certificate is renewed well before its end, and not by all at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kubewright.certificates import CertificateTemplate, self_signed_authority
from kubewright.certificates.rotation import renewal_time, what_is_wrong

PAIR = self_signed_authority("jane", lifetime=timedelta(hours=10))


@pytest.mark.parametrize(("drawn", "hours"), [(0.0, 7.0), (0.5, 8.0), (1.0, 9.0)])
def test_a_certificate_is_renewed_after_70_to_90_percent_of_its_life(
    drawn: float, hours: float
) -> None:
    renewed_at = renewal_time(PAIR, rand=lambda: drawn)

    assert renewed_at - PAIR.not_before == timedelta(hours=hours)


def test_a_certificate_that_says_what_is_wanted_is_right() -> None:
    now = PAIR.not_before

    assert what_is_wrong(PAIR, CertificateTemplate("jane"), now=now) == ""


def test_a_certificate_for_another_is_wrong() -> None:
    wrong = what_is_wrong(PAIR, CertificateTemplate("joe"), now=PAIR.not_before)

    assert wrong == "the common name is 'jane', not 'joe'"


def test_an_expired_certificate_is_wrong_whatever_it_says() -> None:
    now = PAIR.not_after + timedelta(seconds=1)

    assert what_is_wrong(PAIR, CertificateTemplate("jane"), now=now).startswith("it expired at ")
