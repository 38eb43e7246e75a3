"""Amounts of CPU, memory and other resources: the counterpart of Go's ``resource.Quantity``.

A quantity is a number with at most nine digits after the point, and the way in which it is
written: ``500m`` and ``0.5`` are equal, and each goes back to the server as it came. Reading one
from the wire costs nothing until somebody asks for its number.

Two differences from Go are deliberate. Text without any digit (``k``, ``-``) is refused: Go's
documented grammar does so, its scanner reads zero. A number too large for the largest suffix
keeps it (``1000E``), where Go drops the suffix and with it the magnitude.
"""

from __future__ import annotations

import re
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, ROUND_UP, Context, Decimal
from typing import Any, Final, Literal, NamedTuple, NoReturn, Self, TypeAlias

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema

__all__ = ["Format", "Quantity", "QuantityCodec"]

Format: TypeAlias = Literal["DecimalSI", "BinarySI", "DecimalExponent"]

_NUMBER: Final = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_SUFFIX: Final = r"[numkMGTPE]?|[KMGTPE]i|[eE][+-]?[0-9]+"
_TEXT: Final = re.compile(f"({_NUMBER})({_SUFFIX})")

_DECIMAL_SUFFIXES: Final[dict[str, int]] = {
    "n": -9,
    "u": -6,
    "m": -3,
    "": 0,
    "k": 3,
    "M": 6,
    "G": 9,
    "T": 12,
    "P": 15,
    "E": 18,
}
_DECIMAL_SUFFIX_OF: Final = {power: suffix for suffix, power in _DECIMAL_SUFFIXES.items()}
_BINARY_SUFFIXES: Final = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_LARGEST_BINARY: Final = Decimal(2**63 - 1)
_NANO: Final = Decimal("1e-9")
_ZERO: Final = Decimal(0)

# Hostile text such as 1e999999999 must not become an integer of a gigabyte.
_MAX_DIGITS: Final = 4000
# Sums and products are exact: the precision is never the limit.
_EXACT: Final = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[], rounding=ROUND_UP)

# A bool is an int to isinstance.
_WIRE_TYPES: Final = (str, int, float)

_set = object.__setattr__


class _Amount(NamedTuple):
    """The number of a quantity, and how it wants to be written."""

    number: Decimal
    format: Format


class Quantity:
    """An exact, immutable amount, equal to every other way of writing the same number.

    ``Quantity("1.5Gi")`` keeps its text; ``Quantity(1500)`` and results of arithmetic are written
    in canonical form (``1500``, ``1536Mi``). Compare with quantities, ``int`` or ``Decimal``; a
    quantity is always true, so ask ``quantity == 0``. Text from `from_wire` that is no quantity
    is kept, equals only itself, and raises ``ValueError`` when its number is needed.
    """

    __slots__ = ("_amount", "_wire")

    # What was read, to be written back unchanged; None: canonical form of the amount.
    _wire: str | int | float | None
    _amount: _Amount | None

    def __init__(
        self,
        value: str | int | Decimal | Quantity,
        *,
        format: Format | None = None,  # noqa: A002 - the word of resource.Quantity
    ) -> None:
        """Make a quantity from text, from a number or from another quantity.

        Digits after the ninth are rounded away from zero, and binary amounts end at 2^63-1, as on
        the server. With `format` the result is written canonically in that format:
        ``Quantity(5 * 1024**2, format="BinarySI")`` is ``5Mi``.

        Raises:
            ValueError: the text is no quantity, or the number is not finite or too long.
            TypeError: the value is a float or of another type.
        """
        amount = _amount_of(value)
        keeps_text = format is None and isinstance(value, (str, Quantity))
        _set(self, "_wire", str(value) if keeps_text else None)
        _set(self, "_amount", amount if format is None else _Amount(amount.number, format))

    @classmethod
    def from_wire(cls, value: object) -> Self:
        """Take what a server sent, without reading the text; `to_wire` gives the same back.

        Raises:
            ValueError: neither text nor a number.
        """
        if type(value) not in _WIRE_TYPES:
            raise ValueError(f"a quantity is text or a number, not {value!r}")
        quantity = cls.__new__(cls)
        _set(quantity, "_wire", value)
        _set(quantity, "_amount", None)
        return quantity

    def to_wire(self) -> str | int | float:
        """Give what goes to the server: what was read, else the canonical text."""
        return self.canonical() if self._wire is None else self._wire

    @property
    def format(self) -> Format:
        """The family of suffixes that the canonical form uses."""
        return self._parsed().format

    def canonical(self) -> str:
        """Write as the server would: no fraction, and the largest suffix that allows it."""
        amount = self._parsed()
        return _canonical_text(amount.number, amount.format)

    def to_decimal(self) -> Decimal:
        """Return the exact number, in base units (cores, bytes)."""
        return self._parsed().number

    def value(self) -> int:
        """Return base units, rounded away from zero to a whole number."""
        return _rounded(self._parsed().number)

    def milli_value(self) -> int:
        """Return thousandths of base units, rounded away from zero to a whole number."""
        return _rounded(self._parsed().number.scaleb(3, _EXACT))

    def _parsed(self) -> _Amount:
        amount = self._amount
        if amount is None:
            # The server trims what it reads as well.
            amount = _parse(str(self).strip())
            _set(self, "_amount", amount)
        return amount

    def __str__(self) -> str:
        return str(self.to_wire())

    def __repr__(self) -> str:
        return f"Quantity({str(self)!r})"

    def __float__(self) -> float:
        return float(self._parsed().number)

    def __hash__(self) -> int:
        try:
            return hash(self._parsed().number)
        except ValueError:
            return hash(self._wire)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Quantity):
            if self._wire is not None and self._wire == other._wire:
                return True
        elif not isinstance(other, (int, Decimal)) or isinstance(other, bool):
            return NotImplemented
        try:
            return self._parsed().number == _number_of(other)
        except ValueError:
            return False

    def __lt__(self, other: Quantity | int | Decimal) -> bool:
        return self._parsed().number < _number_of(other)

    def __le__(self, other: Quantity | int | Decimal) -> bool:
        return self._parsed().number <= _number_of(other)

    def __gt__(self, other: Quantity | int | Decimal) -> bool:
        return self._parsed().number > _number_of(other)

    def __ge__(self, other: Quantity | int | Decimal) -> bool:
        return self._parsed().number >= _number_of(other)

    def __add__(self, other: Quantity | int | Decimal) -> Quantity:
        """Add exactly; zero takes the format of the other side, as in Go."""
        mine, theirs = self._parsed(), _amount_of(other)
        return _computed(_EXACT.add(mine.number, theirs.number), _joint_format(mine, theirs))

    # The integer on the left is where sum() starts.
    __radd__ = __add__

    def __sub__(self, other: Quantity | int | Decimal) -> Quantity:
        mine, theirs = self._parsed(), _amount_of(other)
        return _computed(_EXACT.subtract(mine.number, theirs.number), _joint_format(mine, theirs))

    def __rsub__(self, other: int | Decimal) -> Quantity:
        return -self + other

    def __mul__(self, factor: int) -> Quantity:
        number, style = self._parsed()
        return _computed(_EXACT.multiply(number, Decimal(factor)), style)

    __rmul__ = __mul__

    def __neg__(self) -> Quantity:
        number, style = self._parsed()
        return _computed(number.copy_negate(), style)

    def __abs__(self) -> Quantity:
        number, style = self._parsed()
        return _computed(number.copy_abs(), style)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).from_wire, (self.to_wire(),)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a Quantity cannot be changed; make another one")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("a Quantity cannot be changed; make another one")

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        accepted = core_schema.union_schema(
            [core_schema.str_schema(), core_schema.int_schema(), core_schema.float_schema()]
        )
        return core_schema.with_info_plain_validator_function(
            _validated,
            json_schema_input_schema=accepted,
            serialization=core_schema.plain_serializer_function_ser_schema(
                str, return_schema=core_schema.str_schema()
            ),
        )


class QuantityCodec:
    """Carries quantities over the wire; the model layer finds it as it finds those of times."""

    __slots__ = ()

    def encode(self, value: Quantity) -> str | int | float:
        """Give what was read, or the canonical text."""
        return value.to_wire()

    def decode(self, wire: object) -> Quantity:
        """Take text or a number; its syntax is looked at when it is used.

        Raises:
            ValueError: neither text nor a number.
        """
        return Quantity.from_wire(wire)


def _validated(value: object, info: core_schema.ValidationInfo) -> Quantity:
    """Read what a user gave to a model; JSON may hold a number with a fraction."""
    if isinstance(value, Quantity):
        return value
    if isinstance(value, float) and info.mode == "json":
        return Quantity(repr(value))
    if isinstance(value, (str, int, Decimal)) and not isinstance(value, bool):
        return Quantity(value)
    raise ValueError(f"a quantity is made of text, int or Decimal, not {type(value).__name__}")


def _amount_of(value: str | int | Decimal | Quantity) -> _Amount:
    if isinstance(value, Quantity):
        return value._parsed()  # pyright: ignore[reportPrivateUsage]
    if isinstance(value, str):
        return _parse(value)
    return _Amount(_to_nano(_number_of(value)), "DecimalSI")


def _number_of(value: object) -> Decimal:
    if isinstance(value, Quantity):
        return value.to_decimal()
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        number = Decimal(value)
        if number.is_finite() and number.adjusted() <= _MAX_DIGITS:
            return number
        raise ValueError("a quantity is a finite number of reasonable length")
    raise TypeError(f"a quantity is exact: use text, int or Decimal, not {type(value).__name__}")


def _computed(number: Decimal, style: Format) -> Quantity:
    quantity = Quantity.__new__(Quantity)
    _set(quantity, "_wire", None)
    _set(quantity, "_amount", _Amount(number, style))
    return quantity


def _joint_format(mine: _Amount, theirs: _Amount) -> Format:
    return mine.format if mine.number else theirs.format


def _parse(text: str) -> _Amount:
    match = _TEXT.fullmatch(text) if len(text) <= _MAX_DIGITS else None
    if match is None:
        shown = text if len(text) <= 60 else text[:57] + "..."
        raise ValueError(
            f"{shown!r} is no quantity: expected a number with an optional suffix"
            " (n u m k M G T P E, Ki Mi Gi Ti Pi Ei, or an exponent such as e3)"
        )
    number, suffix = Decimal(match[1]), match[2]
    if suffix.endswith("i"):
        return _binary(number, _BINARY_SUFFIXES.index(suffix))
    power = _DECIMAL_SUFFIXES.get(suffix)
    style: Format = "DecimalSI"
    if power is None:
        # Far below the smallest amount all exponents mean the same.
        power, style = max(int(suffix[1:]), -3 * _MAX_DIGITS), "DecimalExponent"
    if not number:
        return _Amount(_ZERO, style)
    if number.adjusted() + power > _MAX_DIGITS:
        raise ValueError(f"the quantity {text[:60]!r} is too large: over {_MAX_DIGITS} digits")
    return _Amount(_to_nano(number.scaleb(power, _EXACT)), style)


def _binary(number: Decimal, index: int) -> _Amount:
    number = _to_nano(_EXACT.multiply(number, Decimal(1024**index)))
    size = number.copy_abs()
    if size > _LARGEST_BINARY:
        number = _LARGEST_BINARY.copy_sign(number)
    return _Amount(number, "DecimalSI" if 0 < size < 1 else "BinarySI")


def _to_nano(number: Decimal) -> Decimal:
    """Round away from zero to nine digits after the point: who asks for little gets some."""
    return number.quantize(_NANO, ROUND_UP, _EXACT) if _power_of_last_digit(number) < -9 else number


def _power_of_last_digit(number: Decimal) -> int:
    power = number.as_tuple().exponent
    if isinstance(power, str):
        raise ValueError("a quantity is a finite number")  # noqa: TRY004 - infinity or NaN
    return power


def _rounded(number: Decimal) -> int:
    return int(number.to_integral_value(ROUND_UP, _EXACT))


def _canonical_text(number: Decimal, style: Format) -> str:
    if not number:
        return "0"
    if style == "BinarySI":
        # Below 1024 or with a fraction a binary suffix would only lose precision.
        if number.copy_abs() >= 1024 and number == number.to_integral_value(context=_EXACT):
            return _binary_text(int(number))
        style = "DecimalSI"
    return _decimal_text(number, style)


def _binary_text(number: int) -> str:
    index = 0
    while index < len(_BINARY_SUFFIXES) - 1 and number % 1024 == 0:
        number //= 1024
        index += 1
    return f"{Decimal(number):f}{_BINARY_SUFFIXES[index]}"


def _decimal_text(number: Decimal, style: Format) -> str:
    power = _power_of_last_digit(number.normalize(_EXACT))
    power -= power % 3
    if style == "DecimalSI":
        power = min(power, 18)
    mantissa = f"{number.scaleb(-power, _EXACT).quantize(Decimal(1), context=_EXACT):f}"
    if style == "DecimalSI":
        return mantissa + _DECIMAL_SUFFIX_OF[power]
    return f"{mantissa}e{power}" if power else mantissa
