"""Formats of text are what they are in Go: of texts of a format, and of such that are nearly some."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from kubewright.testing._apiserver.custom.formats.table import format_of, has_format
from tests.differential import ask, seeded

pytestmark = pytest.mark.conformance

_COUNT = 4000
_MUTATED = 0.3
Make = Callable[[random.Random], str]

_HEX = "0123456789abcdefABCDEF"
_SPACES = ["", "", "", " ", "  ", "\t"]
# what mutations bring in, beside what is in the text: of ASCII, of more bytes, and what looks alike
_ODD = [
    *" \t\n\v\x00\x7f.:-@%/[]()<>\"\\'=?_,;+0159afgXZtz",
    *"éß\u017fµμ\u0661\u212a\ufffd日\U0001f600",
]


def _words(text: str) -> list[str]:
    return text.split()


def _some(rand: random.Random, letters: str, low: int, high: int) -> str:
    return "".join(rand.choices(letters, k=rand.randint(low, high)))


def _one(rand: random.Random, *choices: str) -> str:
    return rand.choice(choices)


def _hex(rand: random.Random, count: int) -> str:
    return _some(rand, _HEX, count, count)


def _digits(rand: random.Random, count: int) -> str:
    return _some(rand, "0123456789", count, count)


def _object_id(rand: random.Random) -> str:
    return _hex(rand, rand.choice([24] * 8 + [12, 22, 23, 25]))


def _byte(rand: random.Random) -> str:
    letters = "ABCXYZabcxyz0189+/"
    text = _some(rand, letters, 0, 3) if rand.random() < 0.3 else _some(rand, letters, 4, 40)
    missing = -len(text) % 4
    return text + "=" * (missing if rand.random() < 0.8 else rand.randrange(5))


def _v4(rand: random.Random) -> str:
    numbers = [str(rand.choice([0, 1, 9, 10, 99, 127, 255])) for _ in range(4)]
    if rand.random() < 0.3:
        at = rand.randrange(4)
        numbers[at] = rand.choice(["0", "00", "000000"]) + numbers[at]
    if rand.random() < 0.1:
        numbers[rand.randrange(4)] = _one(rand, "256", "999", "1000", "16777216", "")
    return ".".join(numbers if rand.random() < 0.95 else numbers[rand.randrange(3) :] * 2)


def _v6(rand: random.Random) -> str:
    count = rand.choice([8] * 6 + [7, 9, 3])
    groups = [_hex(rand, rand.randint(1, 4)) for _ in range(count)]
    if rand.random() < 0.1:
        groups[rand.randrange(count)] = rand.choice(["00000", "000ff", "12345", "fffff", "1000000"])
    text = ":".join(groups)
    if rand.random() < 0.4:
        text = ":".join(groups[: rand.choice([-2, -2, -1, -3])]) + ":" + _v4(rand)
    if rand.random() < 0.5:
        groups = text.split(":")
        low = rand.randrange(len(groups))
        high = rand.randint(low, len(groups))
        left, right = ":".join(groups[:low]), ":".join(groups[high:])
        text = f"{left}::{right}"
    return text + (_one(rand, "%eth0", "%", "/64", ":") if rand.random() < 0.05 else "")


def _ip(rand: random.Random) -> str:
    return _v4(rand) if rand.random() < 0.7 else _v6(rand)


def _cidr(rand: random.Random) -> str:
    bits = rand.choice([0, 8, 8, 16, 16, 24, 24, 32, 32, 33, 64, 128, 129, 999, 16777216])
    zeros = _one(rand, *[""] * 8, "0", "000", "+", "-")
    return f"{_ip(rand)}/{zeros}{bits}"


def _credit_card(rand: random.Random) -> str:
    begins = _words("4 51 52 55 50 6011 65 6010 34 37 300 305 306 36 38 2131 1800 35 3528")
    begin = rand.choice(begins)
    length = {"3": 14, "2": 15, "1": 15}.get(begin[0], 16)
    if begin[:2] in ("34", "37", "35") or rand.random() < 0.1:
        length += rand.choice([-1, 1, 1, 2])
    digits = (begin + _digits(rand, 20))[:length]
    if rand.random() < 0.9:
        digits = next(d for d in (digits[:-1] + str(n) for n in range(10)) if _luhn(d))
    if rand.random() < 0.3:
        digits = _one(rand, "-", " ", ".", "a").join(digits[at : at + 4] for at in range(0, 16, 4))
    return digits


def _luhn(digits: str) -> bool:
    # not the sum of the code: by a table of what a doubled digit adds
    doubled = "0246813579"
    values = [
        int(doubled[int(digit)] if at % 2 else digit) for at, digit in enumerate(reversed(digits))
    ]
    return sum(values) % 10 == 0


def _isbn10(rand: random.Random) -> str:
    digits = _digits(rand, 9)
    if rand.random() < 0.8:
        rest = sum((at + 1) * int(digit) for at, digit in enumerate(digits)) % 11
        last = "0123456789X"[rest]
    else:
        last = _one(rand, "x", "X", "7", "")
    return _apart(rand, digits + last)


def _isbn13(rand: random.Random) -> str:
    digits = _one(rand, "978", "979", "123") + _digits(rand, 9)
    total = sum((1, 3)[at % 2] * int(digit) for at, digit in enumerate(digits))
    last = str(-total % 10) if rand.random() < 0.8 else rand.choice("0123456789X")
    return _apart(rand, digits + last)


def _apart(rand: random.Random, digits: str) -> str:
    return "".join(each + _one(rand, *[""] * 12, "-", " ", "--", "\t") for each in digits)


def _isbn(rand: random.Random) -> str:
    return _isbn10(rand) if rand.random() < 0.5 else _isbn13(rand)


def _date(rand: random.Random) -> str:
    year = _one(rand, "0000", "0001", "1900", "2000", "2023", "2024", "9999", _digits(rand, 4))
    month = rand.choice([1, 2, 2, 2, 4, 12, 0, 13]) if rand.random() < 0.5 else rand.randint(1, 12)
    day = rand.choice([0, 1, 28, 29, 30, 31, 32]) if rand.random() < 0.5 else rand.randint(1, 28)
    return f"{year}-{month:02}-{day:02}"


def _datetime(rand: random.Random) -> str:
    day = _date(rand) if rand.random() < 0.4 else "2026-01-02"
    rare = rand.random() < 0.15
    time = f"{rand.randint(0, 29 if rare else 23):02}:{rand.randint(0, 70 if rare else 59):02}"
    time += f":{rand.randint(0, 70 if rare else 59):02}"
    time += _one(rand, *["", ".5", ".123456789123", ",5", "x1", "é1"] * 3, ".", "\n1", "T1")
    zone = _one(rand, *["Z", "z", "+01:00", "-23:59", "+99:99", "ztxyz"] * 3, "Zt", "+0100", "")
    return day + _one(rand, *"TTTTTTTtt ") + time + zone


def _duration(rand: random.Random) -> str:
    units = _words("ns us µs μs ms s m h d w S H MS nano nanos micro milli secs min Minutes hr hrs")
    units += _words("hour hours day Days wk week weeks month x \u017f")
    numbers = _words("0 1 1.5 .5 1. 007 12 9223372036854775807 9223372036854775808")
    numbers += _words(
        "9223372036854775809 2562047 2562048 9223372036.854775807 9223372036.854775808"
    )
    numbers += ["1." + "9" * 30, "0." + "0" * 400 + "1", "2562047.788015215", "9" * 30, "\u0661"]
    numbers += ["9223372036854775807.9", ".9223372036854775808", ".9223372036854775809"]
    numbers += ["2562047.7880152155019444", "2562047.7880152155019445", "153722867.2809129302"]
    parts = [
        (rand.choice(numbers) if rand.random() < 0.4 else str(rand.randrange(100)))
        + _one(rand, *[""] * 6, " ", "\t", "\v")
        + (rand.choice(units) if rand.random() < 0.6 else rand.choice(units[:8]))
        for _ in range(rand.choice([0, 1, 1, 1, 1, 2, 3]))
    ]
    sign = _one(rand, *[""] * 6, "-", "-", "+", "--", " ")
    return sign + _one(rand, *[""] * 8, " ", " and ", ",").join(parts)


def _atom(rand: random.Random) -> str:
    return _some(rand, "abcxyz019" * 4 + "!#$%&'*+-/=?^_`{|}~.é", 1, 6)


def _encoded(rand: random.Random) -> str:
    charset = _one(
        rand, "utf-8", "UTF-8", "iso-8859-1", "u\u017f-ascii", "us-ascii", "koi8-r", "", "é"
    )
    encoding = _one(rand, "q", "Q", "b", "B", "x", "", "qq")
    texts = ["", "abc", "=C3=A9", "a_b", "=", "=4", "=zz", "YWJj", "YQ==", "YQ=", "a\nb", "é", "a?"]
    return f"=?{charset}?{encoding}?{rand.choice(texts)}?="


def _quotation(rand: random.Random) -> str:
    parts = ["a", "b", " ", "\t", "é", "(", "@", r"\"", "\\\\", r"\a", "\\ ", "<", ";"]
    return '"' + "".join(rand.choices(parts, k=rand.randrange(5))) + '"'


def _comment(rand: random.Random, depth: int = 0) -> str:
    parts = ["a", " ", "é", r"\)", r"\(", "\\\\", '"', "\n", _encoded(rand)]
    inner = "".join(rand.choices(parts, k=rand.randrange(4)))
    if depth < 2 and rand.random() < 0.2:
        inner += _comment(rand, depth + 1)
    return f"({inner})"


def _addr_spec(rand: random.Random) -> str:
    local = _quotation(rand) if rand.random() < 0.2 else _atom(rand)
    domain = _one(
        rand, "example.com", "b", "[1.2.3.4]", "[::1]", "[fe80::1%a]", "a..b", _atom(rand)
    )
    at = _one(rand, *["@"] * 8, "@ ", " @", "")
    return local + at + domain


def _named(rand: random.Random) -> str:
    makers = [_atom, _atom, _quotation, _encoded, _encoded, _comment]
    words = [rand.choice(makers)(rand) for _ in range(rand.randrange(4))]
    name = _one(rand, " ", " ", "", "\t").join(words)
    return f"{name}{rand.choice(_SPACES)}<{_addr_spec(rand)}>"


def _address(rand: random.Random) -> str:
    text = _addr_spec(rand) if rand.random() < 0.5 else _named(rand)
    return text + (rand.choice(_SPACES) + _comment(rand) if rand.random() < 0.3 else "")


def _email(rand: random.Random) -> str:
    text = rand.choice(_SPACES) + _address(rand)
    if rand.random() < 0.2:
        members = [_address(rand) for _ in range(rand.choice([0, 1, 1, 1, 1, 2]))]
        name = _one(rand, "group", _atom(rand), _quotation(rand), _encoded(rand), "")
        text = f"{name}{rand.choice(_SPACES)}:{','.join(members)}{rand.choice(_SPACES)};"
        text += _comment(rand) if rand.random() < 0.2 else ""
    return text + rand.choice(_SPACES)


def _hex_color(rand: random.Random) -> str:
    return _one(rand, "", "#", "#", "##") + _hex(rand, rand.choice([3, 3, 3, 6, 6, 6, 4, 8]))


def _label(rand: random.Random) -> str:
    kind = rand.random()
    if kind < 0.1:
        return _some(rand, "a", 60, 65)
    if kind < 0.2:
        return _some(rand, "é$日+", 1, 35)
    return _some(rand, "abcXYZ019" * 3 + "-", 1, 6)


def _hostname(rand: random.Random) -> str:
    labels = [_label(rand) for _ in range(rand.choice([1, 1, 2, 2, 3, 3, 8]))]
    if len(labels) > 1 and rand.random() < 0.8:
        labels[-1] = _one(rand, "com", "org", "London", "c", "日本", "c0m", "a" * 63, "é" * 32)
    return ".".join(labels) + _one(rand, *[""] * 20, ".")


def _mac(rand: random.Random) -> str:
    count = rand.choice([6] * 6 + [8, 20, 7, 10])
    separator = _one(rand, ":", ":", "-", ".", "")
    size = 4 if separator == "." else 2
    digits = _hex(rand, 2 * count)
    return separator.join(digits[at : at + size] for at in range(0, len(digits), size))


def _rgb_color(rand: random.Random) -> str:
    levels = [rand.choice([0, 1, 9, 10, 99, 100, 199, 200, 249, 250, 255]) for _ in range(3)]
    numbers = [str(level) for level in levels]
    if rand.random() < 0.2:
        numbers[rand.randrange(3)] = _one(rand, "256", "260", "300", "01", "", "1000", "-1")
    space = [*["", "", "", " ", "\t", "\n", "\f\r"] * 3, "\v"]
    parts = [rand.choice(space) + number + rand.choice(space) for number in numbers]
    return f"rgb({','.join(parts)})"


def _ssn(rand: random.Random) -> str:
    signs = [_one(rand, "-", "-", "-", " ", "") for _ in range(2)]
    return f"{_digits(rand, 3)}{signs[0]}{_digits(rand, 2)}{signs[1]}{_digits(rand, 4)}"


def _host(rand: random.Random) -> str:
    names = [
        "example.com",
        "a",
        "",
        "日本.jp",
        "a_b",
        'a<">b',
        "1.2.3.4",
        "%e3%81",
        "%41",
        "%25",
        "a b",
    ]
    zones = [
        "",
        "",
        "%25eth0",
        "%25",
        "%25%20a",
        "%25%2F",
        "%25%e3",
        "%eth0",
        "%25a]b",
        "%25é",
        "%2541",
    ]
    literal = f"[{_v6(rand)}{rand.choice(zones)}]"
    return literal if rand.random() < 0.3 else rand.choice(names)


def _uri(rand: random.Random) -> str:
    schemes = ["http", "https", "HTTP", "ftp", "x+y-z.1", "1a", "a_b", "", "mailto", "urn"]
    path = "".join(
        rand.choices(["/", "/a", "/%20", "/é", "//", "/a b", "/%", "/%4", "/%zz", ":", "#"], k=3)
    )
    path = _one(rand, path, "/a/b", "/a", "")
    query = _one(rand, "", "", "?", "?a=b", "?%zz", "??")
    scheme = rand.choice(schemes)
    head = f"{scheme}:" if scheme or rand.random() < 0.2 else ""
    users = ["", "", "", "u@", "u:p@", "u%20@", "u%@", "u@v@", "é@", "u/@", "[@", ":@"]
    ports = ["", "", "", ":80", ":", ":x", ":1:2", ":日"]
    authority = f"//{rand.choice(users)}{_host(rand)}{rand.choice(ports)}"
    if rand.random() < 0.25:
        authority = ""
    return _one(rand, *[head + authority + path + query] * 30, "*", "", "a", "///a", "?a")


def _uuid(rand: random.Random, versions: str = _HEX) -> str:
    version, variant = rand.choice(versions), rand.choice("89abAB89AB10")
    groups = [_hex(rand, 8), _hex(rand, 4), version + _hex(rand, 3), variant + _hex(rand, 3)]
    return "".join(each + _one(rand, "-", "-", "-", "") for each in groups) + _hex(rand, 12)


def _short_name(rand: random.Random) -> str:
    letters = "abcxyz019" * 3 + "-"
    long = rand.random() < 0.2
    return _some(rand, letters, 60, 65) if long else _some(rand, letters, 0, 8)


def _long_name(rand: random.Random) -> str:
    count = rand.choice([1, 2, 3, 4])
    text = ".".join(_short_name(rand) for _ in range(count))
    return (text + "." + "a" * 300)[: rand.randint(251, 255)] if rand.random() < 0.1 else text


def _any(rand: random.Random) -> str:
    return "".join(rand.choices(_ODD, k=rand.randrange(6)))


_MAKERS: dict[str, Make] = {
    "bsonobjectid": _object_id,
    "byte": _byte,
    "cidr": _cidr,
    "credit-card": _credit_card,
    "date": _date,
    "date-time": _datetime,
    "duration": _duration,
    "email": _email,
    "hexcolor": _hex_color,
    "hostname": _hostname,
    "ipv4": _ip,
    "ipv6": _v6,
    "isbn": _isbn,
    "isbn10": _isbn10,
    "isbn13": _isbn13,
    "k8s-long-name": _long_name,
    "k8s-short-name": _short_name,
    "mac": _mac,
    "password": _any,
    "rgbcolor": _rgb_color,
    "ssn": _ssn,
    "uri": _uri,
    "uuid": _uuid,
    "uuid3": lambda rand: _uuid(rand, "345333333"),
    "uuid4": lambda rand: _uuid(rand, "345444444"),
    "uuid5": lambda rand: _uuid(rand, "345555555"),
}


def _mutated(rand: random.Random, text: str) -> str:
    """Take out, put in, double or swap a few letters."""
    for _ in range(rand.choice([1, 1, 1, 2, 3])):
        low, high = sorted(rand.choices(range(len(text) + 1), k=2))
        match rand.randrange(5):
            case 0:
                text = text[:low] + text[low + 1 :]
            case 1:
                text = text[:low] + rand.choice([*_ODD, *text]) + text[low:]
            case 2:
                text = text[:low] + rand.choice([*_ODD, *text]) + text[low + 1 :]
            case 3:
                text = text[:high] + text[low:]
            case _:
                text = text.swapcase() if rand.random() < 0.5 else text[:low] + text[high:]
    return text


@pytest.mark.parametrize("name", _MAKERS)
def test_a_text_has_the_formats_that_it_has_in_go(name: str) -> None:
    rand = seeded()
    texts = [_MAKERS[name](rand) for _ in range(_COUNT)]
    texts = [_mutated(rand, text) if rand.random() < _MUTATED else text for text in texts]

    answers = ask("formats", [{"format": name, "text": text} for text in texts])

    theirs = {text: answer.output for text, answer in zip(texts, answers, strict=True)}
    assert {text: has for text, has in theirs.items() if has_format(name, text) != has} == {}
    share = sum(answer.output for answer in answers) / _COUNT
    assert 0.25 < share < 0.8 or name == "password", share


def test_the_formats_are_those_that_the_server_knows() -> None:
    assert all(format_of({"format": name}) for name in _MAKERS)
