"""What a server in memory makes of a body that is not all text, in time linear in its length."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from kubewright.rest.request import Request
from kubewright.testing._apiserver.bodies import in_json_form
from kubewright.testing._apiserver.failures import RefusedRequest


def read(body: bytes, content_type: str = "application/json") -> bytes:
    request = in_json_form(Request("POST", "/", body=body, content_type=content_type))
    assert request.body is not None
    return request.body


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        (rb"a\ud800b", "a\ufffdb"),
        (rb"\udc00\ud83d", "\ufffd\ufffd"),
        (rb"\uD83D\ude00", "\U0001f600"),
        (rb"\ud83d\ud83d\ude00", "\ufffd\U0001f600"),
        (rb"\\ud800", r"\ud800"),
        (rb"\\\ud800\"", '\\\ufffd"'),
        (b"\xe6\x97a\xff", "\ufffd\ufffda\ufffd"),
        (b"\xed\xa0\x80", "\ufffd\ufffd\ufffd"),
        ("\u65e5".encode(), "\u65e5"),
    ],
    ids=range(9),
)
def test_what_is_no_letter_is_replaced_in_strings(text: bytes, letters: str) -> None:
    decoded: Any = msgspec.json.decode(read(b'{"a":"%s"}' % text))
    assert decoded == {"a": letters}


@pytest.mark.parametrize("body", [b'{"a":1}\xff', b'\xff{"a":1}', b'{"a":\xff}'])
def test_what_is_no_letter_stays_where_no_text_is_expected(body: bytes) -> None:
    assert read(body) == body


@pytest.mark.parametrize("text", [r"\ud83d", r"\uD83D\uDE00", r"\U0000d83d", r"\U00110000"])
def test_yaml_with_half_a_pair_is_refused(text: str) -> None:
    with pytest.raises(RefusedRequest):
        read(f'a: "{text}"'.encode(), "application/yaml")


def test_yaml_may_say_what_elsewhere_is_an_escape() -> None:
    assert read(rb"a: \ud83d", "application/yaml") == rb'{"a":"\\ud83d"}'


@pytest.mark.parametrize(
    "part", [b'"', b"\\", b'"\\', b"\\ud800", b"\\ud83d\\ude00", b"\\\\ud800", b'""\xff']
)
def test_a_long_body_takes_no_longer_than_its_length(part: bytes) -> None:
    for body in (part * 50_000, b'{"a":"' + part * 50_000, part * 50_000 + b"\\"):
        read(body + b"\xff")
