"""Formats of text are those of Go, and take time linear in the text."""

from __future__ import annotations

import pytest

from kubewright.testing._apiserver.custom.formats.table import format_of, has_format


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


_BOTH: dict[str, tuple[list[str], list[str]]] = {
    "byte": (["AQI=", "+/+/"], ["", "AQI", "A===", "A-_="]),
    "cidr": (["010.0.0.0/08", "::1/128"], ["10.0.0.0", "10.0.0.0/33", "::1/129", "::1/+1"]),
    "creditcard": (["4220-8554-2622-2389", "30569309025904"], ["4220855426213389", "0" * 16]),
    "date": (["0000-02-29", "2024-02-29"], ["2023-02-29", "2026-01-0\u0662", "2026-1-2"]),
    "date-time": (["2026-01-02t03:04:05,1z", "2026-01-02T03:04:05ZT?"], ["2026-01-02T24:00:00Z"]),
    "email": (["a@b", "A (c) <a@[::1]>", "g: a@b;"], ["a", "a@b c", "a@[1.2.3]", "g: a@b, c@d;"]),
    "hostname": (
        ["a-b", "a.b-c.com", "\u65e5.jp"],
        ["ab-c", "a.b.c", "a..com", "a" * 64, "a.com."],
    ),
    "ipv4": (["010.0.0.1", "::ffff:1.2.3.4"], ["1.2.3", "256.0.0.1", "::1"]),
    "ipv6": (["::1", "::ffff:1.2.3.4"], ["1.2.3.4", "::01.2.3.4", "fe80::1%eth0"]),
    "isbn": (["1-61729-085-8", "3 401 01319 X", "978-4-87311-368-5"], ["3423214121", "x"]),
    "isbn10": (["3836221195"], ["9784873113685", "\u0661" * 10]),
    "isbn13": (["9784873113685"], ["3836221195", "9784873113686"]),
    "k8slong-name": (["a.b"], ["a..b", "A", "a" * 254]),
    "mac": (["0a:0B:0c:0d:0e:0f", "0a0b.0c0d.0e0f", "0a0b0c0d0e0f"], ["0a:0b-0c:0d:0e:0f", "0a"]),
    "rgbcolor": (["rgb( 0,1,255)"], ["rgb(256,0,0)", "rgb(00,0,0)", "rgb(0,0)"]),
    "ssn": (["123-45 6789"], ["123456789"]),
    "uri": (
        ["*", "/%20", "a:%", "http://[::1%25a]:1"],
        ["", "a", "/%", "http://a:b", "http://é@a"],
    ),
}


@pytest.mark.parametrize("name", _BOTH)
def test_a_text_has_a_format_or_not(name: str) -> None:
    right, wrong = _BOTH[name]
    assert [text for text in right + wrong if has_format(name, text)] == right


@pytest.mark.parametrize(
    ("kind", "name", "means_something"),
    [
        ("string", "date-time", True),
        ("string", "k8sshort-name", True),
        ("string", "-ip-v4", True),
        ("string", "IPv4", False),
        ("string", "int32", False),
        ("string", "strange", False),
        ("", "date", True),
        ("", "int32", False),
        ("integer", "int32", True),
        ("integer", "int-32", False),
        ("integer", "date", False),
        ("number", "float", True),
        ("number", "int32", False),
        ("boolean", "date", False),
    ],
    ids=range(14),
)
def test_a_format_means_something_for_its_type(kind: str, name: str, means_something: bool) -> None:
    assert format_of({"type": kind, "format": name}) == (name if means_something else "")


@pytest.mark.parametrize("name", [*_BOTH, "duration", "uuid", "hexcolor", "bsonobjectid"])
@pytest.mark.parametrize(
    "part", ["0", "a", "1h", "a.", "a:", "(", "(a)", "=?a?q?=", '"a', " ", "%"]
)
def test_a_long_text_takes_no_longer_than_its_length(name: str, part: str) -> None:
    # were it the square, this would take minutes
    has_format(name, part * 30_000 + "\n")
    has_format(name, f"a@{part * 30_000}!")
