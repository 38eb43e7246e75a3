"""Formats of text are those of Go, and take time linear in the text."""

from __future__ import annotations

import pytest

from kubewright.testing._apiserver.custom.formats import has_format


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("1h30m", True),
        ("-1.5h", True),
        ("0", True),
        ("1.s", True),
        ("2 weeks", True),
        ("1 month 3 Days", True),
        ("about 5min", True),
        ("1 month", False),
        ("\u0661h", False),
        ("1\vd", False),
        ("", False),
        ("9223372036854775808h", False),
        ("1h" * 40 + "1", True),
        ("1 x" * 40, False),
        ("1" * 100_000, False),
    ],
    ids=range(15),
)
def test_a_duration_is_what_go_takes_for_one(text: str, is_one: bool) -> None:
    assert has_format("duration", text) == is_one


def test_formats_know_the_digits_of_ascii_alone() -> None:
    assert has_format("date", "2026-01-02")
    assert not has_format("date", "2026-01-0\u0662")
    assert not has_format("isbn10", "\u0661" * 10)
