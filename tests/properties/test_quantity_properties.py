"""Properties of quantities, for any number that their grammar can write."""

from __future__ import annotations

from decimal import ROUND_UP, Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from kubewright.quantity import Format, Quantity

SUFFIXES = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
FORMATS: list[Format] = ["DecimalSI", "BinarySI", "DecimalExponent"]

signs = st.sampled_from(["", "-", "+"])
digits = st.text("0123456789", min_size=1, max_size=25)
fractions = st.one_of(st.just(""), st.text("0123456789", max_size=12).map(lambda text: "." + text))
suffixes = st.one_of(
    st.sampled_from([*SUFFIXES, "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]),
    st.integers(-30, 60).map(lambda power: f"e{power}"),
)
texts = st.tuples(signs, digits, fractions, suffixes).map("".join)
quantities = texts.map(Quantity)
numbers = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30)


def exact(quantity: Quantity) -> Fraction:
    return Fraction(quantity.to_decimal())


@given(texts)
def test_text_is_kept(text: str) -> None:
    assert str(Quantity(text)) == text


@given(quantities)
def test_the_canonical_form_is_the_same_number_and_canonical(quantity: Quantity) -> None:
    again = Quantity(quantity.canonical())

    assert (again, again.canonical()) == (quantity, quantity.canonical())


@given(quantities, st.sampled_from(FORMATS))
def test_every_format_writes_the_same_number(quantity: Quantity, style: Format) -> None:
    written = Quantity(quantity, format=style)

    # Reading a binary suffix caps at 2^63-1; nothing else may change the number.
    if not str(written).endswith("i"):
        assert Quantity(str(written)) == quantity


@given(signs, digits, fractions, st.sampled_from(sorted(SUFFIXES)))
def test_decimal_suffixes_scale_exactly_and_round_away_from_zero_at_nano(
    sign: str, whole: str, fraction: str, suffix: str
) -> None:
    number = Fraction(sign + whole + fraction.rstrip(".")) * Fraction(10) ** SUFFIXES[suffix]
    nanos = -(-abs(number) * 10**9 // 1)

    assert abs(exact(Quantity(sign + whole + fraction + suffix))) == Fraction(nanos, 10**9)


@given(numbers)
def test_a_decimal_is_rounded_away_from_zero_to_nano(number: Decimal) -> None:
    nanos = -(-abs(Fraction(number)) * 10**9 // 1)

    assert abs(exact(Quantity(number))) == Fraction(nanos, 10**9)


@given(quantities, quantities)
def test_order_equality_and_hash_agree_with_the_numbers(a: Quantity, b: Quantity) -> None:
    x, y = exact(a), exact(b)

    assert (a < b, a <= b, a == b, a >= b, a > b) == (x < y, x <= y, x == y, x >= y, x > y)
    assert a != b or hash(a) == hash(b)


@given(quantities, quantities, st.integers(-(10**12), 10**12))
def test_arithmetic_is_exact(a: Quantity, b: Quantity, factor: int) -> None:
    results = (exact(a + b), exact(a - b), exact(a * factor), exact(-a), exact(abs(a)))

    x, y = exact(a), exact(b)
    assert results == (x + y, x - y, x * factor, -x, abs(x))


@given(quantities)
def test_whole_numbers_are_rounded_away_from_zero(quantity: Quantity) -> None:
    number = quantity.to_decimal()
    whole = int(number.to_integral_value(ROUND_UP))

    assert quantity.value() == whole
    assert abs(quantity.milli_value()) == -(-abs(exact(quantity)) * 1000 // 1)


@given(st.text("0123456789.+-eEinumkKMGTP ", max_size=12))
def test_any_text_is_a_quantity_or_a_value_error(text: str) -> None:
    try:
        quantity = Quantity(text)
    except ValueError:
        return
    assert Quantity(quantity.canonical()) == quantity
