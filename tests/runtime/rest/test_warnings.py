"""Warnings of the server."""

from __future__ import annotations

import logging

import pytest

from kubewright.rest.warnings import LogWarnings, ServerWarning, parse_warnings


@pytest.mark.parametrize(
    ("header", "texts"),
    [
        ('299 - "old API"', ["old API"]),
        ('299 - "one", 299 - "two"', ["one", "two"]),
        ('299 - "a \\"b\\" \\\\ c"', ['a "b" \\ c']),
        ('299 - "a, b",299 - "c"', ["a, b", "c"]),
        ('299 - "dated" "Wed, 21 Oct 2026 07:28:00 GMT"', ["dated"]),
        ('299 - "=?utf-8?q?gr=C3=BC=C3=9Fe?="', ["grüße"]),
        ('299 - "=?nonsense?q?x?="', ["=?nonsense?q?x?="]),
        ('299 - "=?utf-8?q?=1B[31mred?="', [" [31mred"]),
        ('299 - "good", nonsense', ["good"]),
        ('299 - "good" tail', []),
        ("299 - unquoted", []),
        ('299 - "open', []),
        ("", []),
    ],
)
def test_texts_of_a_header(header: str, texts: list[str]) -> None:
    assert [warning.text for warning in parse_warnings(header)] == texts


def test_code_and_agent_are_kept() -> None:
    assert parse_warnings('110 proxy:80 "stale"') == [ServerWarning(110, "proxy:80", "stale")]


def test_each_text_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    handler = LogWarnings()
    for warning in parse_warnings('299 - "a", 299 - "a", 299 - "b", 110 - "stale"'):
        handler(warning)

    assert [(r.levelno, r.getMessage()) for r in caplog.records] == [
        (logging.WARNING, "the API server warns: a"),
        (logging.WARNING, "the API server warns: b"),
    ]
