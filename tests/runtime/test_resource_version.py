"""Versions are numbers of any length that grow."""

from __future__ import annotations

import pytest

from kubewright.resource_version import compare_versions


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("1", "2", -1), ("10", "9", 1), ("7", "7", 0), ("9" * 40, "1" + "0" * 40, -1)],
)
def test_they_are_compared_as_numbers(one: str, other: str, expected: int) -> None:
    assert compare_versions(one, other) == expected


@pytest.mark.parametrize("text", ["", "0", "01", "-1", "1.0", "a", "٣", " 1"])
def test_what_is_no_version_cannot_be_compared(text: str) -> None:
    with pytest.raises(ValueError, match="no resource version"):
        compare_versions(text, "1")
