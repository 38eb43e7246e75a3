"""Times, durations, bytes and percentages, as Go's types read and write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import BaseModel, ValidationError

from kubewright.scalars import (
    Bytes,
    BytesCodec,
    Duration,
    IntOrString,
    MicroTime,
    MicroTimeCodec,
    Time,
    TimeCodec,
    WireCodec,
    format_duration,
    parse_duration,
    parse_int_or_string,
    percent_of,
)

EAST = timezone(timedelta(hours=5, minutes=30))


@pytest.mark.parametrize(
    ("moment", "seconds", "micros"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05Z", ".000000Z"),
        (datetime(2026, 1, 2, 3, 4, 5, 60, tzinfo=UTC), "2026-01-02T03:04:05Z", ".000060Z"),
        (datetime(2026, 1, 2, 3, 4, 5, 999_999, EAST), "2026-01-01T21:34:05Z", ".999999Z"),
        (datetime(33, 1, 2, 3, 4, 5, tzinfo=UTC), "0033-01-02T03:04:05Z", ".000000Z"),
    ],
    ids=["whole", "micros", "offset", "year-of-two-digits"],
)
def test_times_are_written_in_utc(moment: datetime, seconds: str, micros: str) -> None:
    written = (TimeCodec().encode(moment), MicroTimeCodec().encode(moment))

    assert written == (seconds, seconds.removesuffix("Z") + micros)


@pytest.mark.parametrize(
    ("moment", "problem"),
    [
        (datetime(2026, 1, 2), "no timezone"),
        (datetime.min.replace(tzinfo=EAST), "outside the years 1 to 9999"),
    ],
    ids=["naive", "before-year-1"],
)
@pytest.mark.parametrize("codec", [TimeCodec(), MicroTimeCodec()], ids=["time", "micro"])
def test_a_time_that_would_lose_data_is_not_written(
    codec: TimeCodec, moment: datetime, problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        codec.encode(moment)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02t03:04:05z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05.5Z", datetime(2026, 1, 2, 3, 4, 5, 500_000, tzinfo=UTC)),
        ("2026-01-02T03:04:05.000060Z", datetime(2026, 1, 2, 3, 4, 5, 60, tzinfo=UTC)),
        ("2026-01-02T03:04:05.123456789Z", datetime(2026, 1, 2, 3, 4, 5, 123_456, tzinfo=UTC)),
        ("2026-01-02T03:04:05.999999999+05:30", datetime(2026, 1, 2, 3, 4, 5, 999_999, EAST)),
        ("2026-01-02T03:04:05-00:00", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
    ],
)
def test_times_are_read_with_any_offset_and_fraction(text: str, moment: datetime) -> None:
    decoded = TimeCodec().decode(text)

    assert (decoded, decoded.utcoffset()) == (moment, moment.utcoffset())


@pytest.mark.parametrize(
    "wire",
    [
        "",
        "2026-01-02",
        "2026-01-02 03:04:05Z",
        "2026-01-02T03:04:05",
        "20260102T030405Z",
        "2026-W01-1T03:04:05Z",
        "0000-01-01T00:00:00Z",
        "2026-12-31T23:59:60Z",
        "2026-02-30T00:00:00Z",
        "2026-01-02T24:00:00Z",
        "2026-01-02T03:04:05+24:00",
        "2026-01-02T03:04:05,5Z",
        "2026-01-02T03:04:05Z\n",
        1767323045,
        None,
    ],
    ids=repr,
)
def test_what_is_no_time_raises_value_error(wire: object) -> None:
    with pytest.raises(ValueError, match="time"):
        TimeCodec().decode(wire)


DURATIONS = [
    (timedelta(), "0s"),
    (timedelta(microseconds=1), "1µs"),
    (timedelta(microseconds=1500), "1.5ms"),
    (timedelta(milliseconds=300), "300ms"),
    (timedelta(seconds=10), "10s"),
    (timedelta(seconds=1.05), "1.05s"),
    (timedelta(minutes=5), "5m0s"),
    (timedelta(hours=1, seconds=0.5), "1h0m0.5s"),
    (timedelta(days=2), "48h0m0s"),
    (timedelta(hours=-2, minutes=-45), "-2h45m0s"),
    (timedelta(microseconds=-1), "-1µs"),
]


@pytest.mark.parametrize(("duration", "text"), DURATIONS, ids=[text for _, text in DURATIONS])
def test_durations_are_written_as_go_does_and_read_again(duration: timedelta, text: str) -> None:
    assert (format_duration(duration), parse_duration(text)) == (text, duration)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("0", timedelta()),
        ("+0", timedelta()),
        ("1.5h", timedelta(minutes=90)),
        (".5s", timedelta(milliseconds=500)),
        ("1.s", timedelta(seconds=1)),
        ("1h1h", timedelta(hours=2)),
        ("3us", timedelta(microseconds=3)),
        ("3\u00b5s3\u03bcs", timedelta(microseconds=6)),
        ("1999ns", timedelta(microseconds=1)),
        ("-1999ns", timedelta(microseconds=-1)),
        ("2562047h47m16.854775807s", timedelta(microseconds=(2**63 - 1) // 1000)),
        ("-2562047h47m16.854775808s", timedelta(microseconds=-(2**63 // 1000))),
    ],
)
def test_durations_are_read_in_every_form_of_go(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text",
    [
        *["", "5", "s", ".s", "1d", "1.5.5s", "- 1s", "--1s", "1s ", "1e3s"],
        "2562047h47m16.854775808s",
        "1" * 100_000 + "s",
    ],
    ids=lambda text: repr(text[:30]),
)
def test_malformed_durations_raise_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "data"),
    [("", b""), ("eA==", b"x"), ("+/+/", b"\xfb\xff\xbf"), ("YW\nJj\r\nZGVm", b"abcdef")],
)
def test_bytes_are_read_with_line_breaks(text: str, data: bytes) -> None:
    assert BytesCodec().decode(text) == data


@pytest.mark.parametrize("wire", ["e", "eA", "eA=", "e===", "-_-_", "eA ==", "é==="], ids=repr)
def test_what_is_no_base64_raises_value_error(wire: str) -> None:
    with pytest.raises(ValueError, match="base64"):
        BytesCodec().decode(wire)


def test_bytes_are_written_without_line_breaks() -> None:
    assert BytesCodec().encode(b"a" * 60) == "YWFh" * 20


@pytest.mark.parametrize(
    ("value", "up", "down"),
    [(3, 3, 3), ("50%", 5, 4), ("25%", 3, 2), ("100%", 9, 9), ("0%", 0, 0), ("150%", 14, 13)],
)
def test_percentages_are_rounded_as_asked(value: IntOrString, up: int, down: int) -> None:
    scaled = (percent_of(value, 9, round_up=True), percent_of(value, 9, round_up=False))

    assert scaled == (up, down)


@pytest.mark.parametrize("value", ["", "5", "%", "5.5%", "1_0%", " 5%", "5%%", "a%"])
def test_what_is_no_percentage_raises_value_error(value: str) -> None:
    with pytest.raises(ValueError, match="percentage"):
        percent_of(value, 10, round_up=True)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("80", 80),
        ("-1", -1),
        ("2147483647", 2**31 - 1),
        ("2147483648", "2147483648"),
        ("80%", "80%"),
        ("http", "http"),
        ("1_0", "1_0"),
        ("", ""),
    ],
)
def test_numbers_of_32_bits_are_numbers(text: str, value: IntOrString) -> None:
    assert parse_int_or_string(text) == value


class Lease(BaseModel):
    at: Time | None = None
    renewed: MicroTime | None = None
    length: Duration | None = None
    data: dict[str, Bytes] = {}


def test_a_pydantic_model_takes_python_values_and_writes_wire_text() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, 60, tzinfo=UTC)
    lease = Lease(at=moment, renewed=moment, length=timedelta(minutes=5), data={"k": b"x"})

    assert lease.model_dump(mode="json") == {
        "at": "2026-01-02T03:04:05Z",
        "renewed": "2026-01-02T03:04:05.000060Z",
        "length": "5m0s",
        "data": {"k": "eA=="},
    }


def test_a_pydantic_model_refuses_a_naive_time_where_it_is_given() -> None:
    with pytest.raises(ValidationError, match="no timezone"):
        Lease(at=datetime(2026, 1, 2))


def test_the_codecs_are_wire_codecs() -> None:
    codecs: list[WireCodec[datetime]] = [TimeCodec(), MicroTimeCodec()]

    moment = datetime(2026, 1, 2, tzinfo=UTC)
    assert [codec.decode(codec.encode(moment)) for codec in codecs] == [moment, moment]
