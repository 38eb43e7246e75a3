"""Times, durations, bytes and "number or text": values that JSON can only hold as text.

``Time`` and its siblings are the types for annotations of model fields: the plain Python type,
marked with the codec that carries it over the wire. Their counterparts in Go are ``metav1.Time``,
``MicroTime`` and ``Duration``, ``[]byte``, and ``intstr.IntOrString``.

Decoding raises ``ValueError`` for what Python cannot hold (year 0, a leap second), so that the
model layer can show the text itself instead of failing.
"""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Generic, Protocol, TypeAlias, TypeVar

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema

__all__ = [
    "Bytes",
    "BytesCodec",
    "Duration",
    "DurationCodec",
    "IntOrString",
    "MicroTime",
    "MicroTimeCodec",
    "Time",
    "TimeCodec",
    "WireCodec",
    "format_duration",
    "format_nanoseconds",
    "parse_duration",
    "parse_int_or_string",
    "parse_nanoseconds",
    "percent_of",
]

T = TypeVar("T")

_RFC3339: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt](?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?"
    r"(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_WHOLE_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,30}")

_NANOSECONDS: Final = {
    "ns": 1,
    "us": 10**3,
    "\u00b5s": 10**3,  # micro sign
    "\u03bcs": 10**3,  # the Greek letter
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
_DURATION_PART: Final = r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)"
_DURATION: Final = re.compile(f"([+-]?)((?:{_DURATION_PART})+|0)")
_DURATION_PARTS: Final = re.compile(_DURATION_PART)
_MAX_DURATION_TEXT: Final = 200


class WireCodec(Protocol[T]):
    """Carries one type of value over the wire; found in the metadata of ``Annotated``."""

    def encode(self, value: T) -> str | int | float:
        """Return what JSON holds. Raises ``ValueError`` where that would lose data."""
        ...

    def decode(self, wire: object) -> T:
        """Read what JSON held. Raises ``ValueError`` for another type or syntax."""
        ...


class _Text(Generic[T]):
    """What the codecs share: they also tell pydantic what a user may give to a model."""

    __slots__ = ()

    kind: type[T]

    def encode(self, value: T) -> str:
        raise NotImplementedError

    def parse(self, text: str) -> T:
        raise NotImplementedError

    def decode(self, wire: object) -> T:
        """Read the text from the wire.

        Raises:
            ValueError: it is not text, or not in the form that the type asks for.
        """
        if isinstance(wire, str):
            return self.parse(wire)
        raise ValueError(f"expected text for a {self.kind.__name__}, found {wire!r}")

    def validate(self, value: object) -> T:
        """Take the Python value, if it could be written, or its text."""
        if isinstance(value, self.kind):
            self.encode(value)
            return value
        return self.decode(value)

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self.validate,
            json_schema_input_schema=core_schema.str_schema(),
            serialization=core_schema.plain_serializer_function_ser_schema(
                self.encode, return_schema=core_schema.str_schema(), when_used="json"
            ),
        )


class TimeCodec(_Text[datetime]):
    """RFC 3339 in UTC with whole seconds, as ``metav1.Time``; fractions are cut off."""

    __slots__ = ()

    kind = datetime

    def encode(self, value: datetime) -> str:
        """Write as ``2026-11-24T09:30:00Z``.

        Raises:
            ValueError: the datetime has no timezone, or leaves the years 1 to 9999 in UTC.
        """
        return _in_utc(value).isoformat(timespec="seconds") + "Z"

    def parse(self, text: str) -> datetime:
        """Read any RFC 3339 time, with its offset; what is below a microsecond is cut off."""
        if _RFC3339.fullmatch(text) is not None:
            try:
                return datetime.fromisoformat(text.upper())
            except ValueError as error:
                raise ValueError(f"{text!r} is no time that Python can hold: {error}") from error
        raise ValueError(f"{text[:60]!r} is no RFC 3339 time such as 2026-11-24T09:30:00Z")


class MicroTimeCodec(TimeCodec):
    """As `TimeCodec`, with exactly six digits of fraction, as ``metav1.MicroTime``."""

    __slots__ = ()

    def encode(self, value: datetime) -> str:
        """Write as ``2026-11-24T09:30:00.000000Z``.

        Raises:
            ValueError: the datetime has no timezone, or leaves the years 1 to 9999 in UTC.
        """
        return _in_utc(value).isoformat(timespec="microseconds") + "Z"


class DurationCodec(_Text[timedelta]):
    """Go's duration text, as ``metav1.Duration``."""

    __slots__ = ()

    kind = timedelta

    def encode(self, value: timedelta) -> str:
        """Write as ``1h0m0.5s``."""
        return format_duration(value)

    def parse(self, text: str) -> timedelta:
        """Read as `parse_duration` does."""
        return parse_duration(text)


class BytesCodec(_Text[bytes]):
    """Base64 with the standard alphabet and padding, as ``[]byte`` in Go."""

    __slots__ = ()

    kind = bytes

    def encode(self, value: bytes) -> str:
        """Write without line breaks."""
        return base64.b64encode(value).decode("ascii")

    def parse(self, text: str) -> bytes:
        """Read base64; line breaks in it are ignored, other white space is not, as in Go."""
        packed = text.replace("\r", "").replace("\n", "")
        if len(packed) % 4 == 0 and _BASE64.fullmatch(packed) is not None:
            return base64.b64decode(packed)
        raise ValueError("not base64: expected A-Z a-z 0-9 + / and padding with =")


Time: TypeAlias = Annotated[datetime, TimeCodec()]
MicroTime: TypeAlias = Annotated[datetime, MicroTimeCodec()]
Duration: TypeAlias = Annotated[timedelta, DurationCodec()]
Bytes: TypeAlias = Annotated[bytes, BytesCodec()]
IntOrString: TypeAlias = int | str


def _in_utc(value: datetime) -> datetime:
    if value.utcoffset() is None:
        raise ValueError(
            f"{value.isoformat()} has no timezone: say which, as in datetime.now(timezone.utc)"
        )
    try:
        return value.astimezone(UTC).replace(tzinfo=None)
    except OverflowError as error:
        raise ValueError(f"{value.isoformat()} is outside the years 1 to 9999 in UTC") from error


def parse_int_or_string(text: str) -> IntOrString:
    """Read a command-line or config value as Go's ``intstr.Parse``: a 32-bit number, else text."""
    if _WHOLE_NUMBER.fullmatch(text) is not None and -(2**31) <= int(text) < 2**31:
        return int(text)
    return text


def percent_of(value: IntOrString, total: int, *, round_up: bool) -> int:
    """Return a number as it is, and a percentage such as ``"25%"`` as its share of `total`.

    The counterpart of ``intstr.GetScaledValueFromIntOrPercent``, for ``maxSurge``,
    ``maxUnavailable`` and ``minAvailable``.

    Raises:
        ValueError: text that is no whole number followed by a percent sign.
    """
    if isinstance(value, int):
        return value
    number, sign = value[:-1], value[-1:]
    if sign != "%" or _WHOLE_NUMBER.fullmatch(number) is None:
        raise ValueError(f"expected a number or a percentage such as '25%', found {value!r}")
    scaled = int(number) * total
    return -(-scaled // 100) if round_up else scaled // 100


def parse_duration(text: str) -> timedelta:
    """Read a duration as Go writes it: ``300ms``, ``1.5h``, ``-2h45m``, ``0``.

    What is below a microsecond is cut off: Python's timedelta ends there.

    Raises:
        ValueError: another syntax, or beyond the 292 years that Go can hold.
    """
    total = parse_nanoseconds(text)
    duration = timedelta(microseconds=abs(total) // 1000)
    return -duration if total < 0 else duration


def parse_nanoseconds(text: str) -> int:
    """Read a duration as `parse_duration` does, with all that Go holds.

    Raises:
        ValueError: another syntax, or beyond the 292 years that Go can hold.
    """
    match = _DURATION.fullmatch(text) if len(text) <= _MAX_DURATION_TEXT else None
    if match is None:
        raise ValueError(f"{text[:60]!r} is no duration such as 5m0s, 1.5h or 300ms")
    total = sum(_nanoseconds(number, unit) for number, unit in _DURATION_PARTS.findall(match[2]))
    negative = match[1] == "-"
    if total > 2**63 - (0 if negative else 1):
        raise ValueError(f"the duration {text[:60]!r} is too long: Go ends at 292 years")
    return -total if negative else total


def _nanoseconds(number: str, unit: str) -> int:
    whole, _, fraction = number.partition(".")
    scale = _NANOSECONDS[unit]
    part = int(fraction) * scale // 10 ** len(fraction) if fraction else 0
    return int(whole or "0") * scale + part


def format_duration(duration: timedelta) -> str:
    """Write a duration as Go does: ``0s``, ``1.5ms``, ``5m0s``, ``1h0m0.5s``."""
    return format_nanoseconds(duration // timedelta(microseconds=1) * 1000)


def format_nanoseconds(total: int) -> str:
    """Write a number of nanoseconds as `format_duration` does."""
    sign, nanos = ("-", -total) if total < 0 else ("", total)
    if nanos == 0:
        return "0s"
    if nanos < 1000:
        return f"{sign}{nanos}ns"
    if nanos < 1_000_000:
        return f"{sign}{_with_fraction(nanos, 1000)}µs"
    if nanos < 1_000_000_000:
        return f"{sign}{_with_fraction(nanos, 1_000_000)}ms"
    minutes, nanos = divmod(nanos, 60_000_000_000)
    hours, minutes = divmod(minutes, 60)
    text = f"{_with_fraction(nanos, 1_000_000_000)}s"
    if hours:
        text = f"{hours}h{minutes}m{text}"
    elif minutes:
        text = f"{minutes}m{text}"
    return sign + text


def _with_fraction(number: int, unit: int) -> str:
    whole, rest = divmod(number, unit)
    digits = len(str(unit)) - 1
    return f"{whole}.{rest:0{digits}}".rstrip("0").rstrip(".")
