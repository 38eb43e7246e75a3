"""Quantities: the numbers and texts that Go's resource.Quantity gives for the same input."""

from __future__ import annotations

import copy
import pickle
from decimal import Decimal

import pytest
from pydantic import BaseModel, ValidationError

from kubewright.quantity import Format, Quantity, QuantityCodec

# Text, canonical form, format, value and milli value. The first three are what apimachinery
# v0.37.2 answers; so are the numbers, where they fit into 64 bits and are not negative fractions.
FROM_GO: list[tuple[str, str, Format, int, int]] = [
    ("0", "0", "DecimalSI", 0, 0),
    ("-0", "0", "DecimalSI", 0, 0),
    ("0Ki", "0", "BinarySI", 0, 0),
    ("1", "1", "DecimalSI", 1, 1000),
    ("+1.", "1", "DecimalSI", 1, 1000),
    (".5", "500m", "DecimalSI", 1, 500),
    ("0.5", "500m", "DecimalSI", 1, 500),
    ("500m", "500m", "DecimalSI", 1, 500),
    ("1000m", "1", "DecimalSI", 1, 1000),
    ("1100", "1100", "DecimalSI", 1100, 1_100_000),
    ("1e3", "1e3", "DecimalExponent", 1000, 1_000_000),
    ("1E4", "10e3", "DecimalExponent", 10_000, 10_000_000),
    ("5e-1", "500e-3", "DecimalExponent", 1, 500),
    ("1e+22", "10e21", "DecimalExponent", 10**22, 10**25),
    ("1E", "1E", "DecimalSI", 10**18, 10**21),
    ("12E", "12E", "DecimalSI", 12 * 10**18, 12 * 10**21),
    ("0.1n", "1n", "DecimalSI", 1, 1),
    ("-0.1n", "-1n", "DecimalSI", -1, -1),
    ("1e-20", "1e-9", "DecimalExponent", 1, 1),
    ("100u", "100u", "DecimalSI", 1, 1),
    ("1.0000000001", "1000000001n", "DecimalSI", 2, 1001),
    ("1Ki", "1Ki", "BinarySI", 1024, 1_024_000),
    ("1023Ki", "1023Ki", "BinarySI", 1023 * 1024, 1_047_552_000),
    ("1024Ki", "1Mi", "BinarySI", 2**20, 2**20 * 1000),
    ("0.5Ki", "512", "BinarySI", 512, 512_000),
    ("1.5Gi", "1536Mi", "BinarySI", 3 * 2**29, 3 * 2**29 * 1000),
    ("-1.5Gi", "-1536Mi", "BinarySI", -3 * 2**29, -3 * 2**29 * 1000),
    ("0.0001Ki", "102400u", "DecimalSI", 1, 103),
    ("7Ei", "7Ei", "BinarySI", 7 * 2**60, 7 * 2**60 * 1000),
    ("9Ei", "9223372036854775807", "BinarySI", 2**63 - 1, (2**63 - 1) * 1000),
    ("-9Ei", "-9223372036854775807", "BinarySI", 1 - 2**63, (1 - 2**63) * 1000),
    ("10k", "10k", "DecimalSI", 10_000, 10_000_000),
    ("5000000", "5M", "DecimalSI", 5_000_000, 5 * 10**9),
]


@pytest.mark.parametrize("row", FROM_GO, ids=[row[0] for row in FROM_GO])
def test_text_has_the_number_and_canonical_form_of_go(
    row: tuple[str, str, Format, int, int],
) -> None:
    quantity = Quantity(row[0])

    parts = (quantity.canonical(), quantity.format, quantity.value(), quantity.milli_value())
    assert parts == row[1:]


@pytest.mark.parametrize("row", FROM_GO, ids=[row[0] for row in FROM_GO])
def test_text_is_kept(row: tuple[str, str, Format, int, int]) -> None:
    assert (str(Quantity(row[0])), str(Quantity.from_wire(row[0]))) == (row[0], row[0])


MALFORMED = [
    *["", " ", "1 ", "aoeu", ".", "-", "k", "1.1.M", "1+1.0M", "0.1mi", "0.1am", ".5i", "1i"],
    *["1e", "1e3e3", "1ee3", "3.01e-", "1Kii", "0x10", "1_000", "\u0661", "1e99999999999"],
    "1" * 100_000,
    "1" * 3000 + "x" * 3000,
]


@pytest.mark.parametrize("text", MALFORMED, ids=[repr(text[:12]) for text in MALFORMED])
def test_malformed_text_is_one_clear_line(text: str) -> None:
    with pytest.raises(ValueError, match="quantity") as caught:
        Quantity(text)

    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("value", [0.5, True, None, b"1"], ids=repr)
def test_inexact_or_foreign_types_are_refused(value: object) -> None:
    with pytest.raises(TypeError, match="exact"):
        Quantity(value)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("text", ["Infinity", "NaN", "1e9999"])
def test_a_decimal_that_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="finite"):
        Quantity(Decimal(text))


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        (Quantity(1500), "1500"),
        (Quantity(1000), "1k"),
        (Quantity(Decimal("0.25")), "250m"),
        (Quantity(Decimal("1e-12")), "1n"),
        (Quantity(5 * 2**20, format="BinarySI"), "5Mi"),
        (Quantity("5Mi", format="DecimalSI"), "5242880"),
        (Quantity("1500", format="DecimalExponent"), "1500"),
        (Quantity("1500k", format="DecimalExponent"), "1500e3"),
        (Quantity("500m", format="BinarySI"), "500m"),
        (Quantity(Quantity("0.5")), "0.5"),
        (Quantity("1000E"), "1000E"),
        (Quantity("1000E", format="DecimalSI"), "1000E"),
    ],
    ids=str,
)
def test_a_quantity_made_from_a_number_is_written_canonically(
    quantity: Quantity, text: str
) -> None:
    assert str(quantity) == text


@pytest.mark.parametrize(
    ("result", "text"),
    [
        (Quantity("500m") + Quantity("0.5"), "1"),
        (Quantity("1Gi") + Quantity("512Mi"), "1536Mi"),
        (Quantity("1Gi") + Quantity("1"), "1073741825"),
        (Quantity("0") + Quantity("1Ki"), "1Ki"),
        (Quantity("1Ki") - Quantity("1Ki"), "0"),
        (Quantity("0") - Quantity("1Ki"), "-1Ki"),
        (Quantity("1") - Quantity("1100m"), "-100m"),
        (Quantity("250m") * 3, "750m"),
        (3 * Quantity("512Mi"), "1536Mi"),
        (-Quantity("2Ki"), "-2Ki"),
        (abs(Quantity("-2Ki")), "2Ki"),
        (Quantity("500m") + 1, "1500m"),
        (1 - Quantity("400m"), "600m"),
        (sum([Quantity("1Gi"), Quantity("512Mi")]), "1536Mi"),
        (Quantity("7Ei") * 1024, "7168Ei"),
    ],
    ids=str,
)
def test_arithmetic_is_exact_and_keeps_the_format(result: Quantity, text: str) -> None:
    assert str(result) == text


@pytest.mark.parametrize("same", ["1", "1000m", "1.0", "1e0", "0.001k", "1000000u"])
def test_equal_numbers_are_equal_however_they_are_written(same: str) -> None:
    one = Quantity("1")

    assert (Quantity(same), hash(Quantity(same))) == (one, hash(one))


def test_a_quantity_equals_the_number_it_is() -> None:
    assert {Quantity("1Ki"), 1024, Decimal(1024)} == {1024}


@pytest.mark.parametrize("other", ["1", 1.0, None, True], ids=repr)
def test_a_quantity_equals_no_other_type(other: object) -> None:
    assert Quantity("1") != other


def test_quantities_are_ordered_across_formats() -> None:
    texts = ["1Gi", "1G", "-1", "1100m", "1", "999m", "1e3", "0", "1Ki"]

    ordered = [str(quantity) for quantity in sorted(map(Quantity, texts))]

    assert ordered == ["-1", "0", "999m", "1", "1100m", "1e3", "1Ki", "1G", "1Gi"]


def test_huge_exponents_cost_nothing() -> None:
    with pytest.raises(ValueError, match="too large"):
        Quantity("1e999999999999999999999")
    assert str(Quantity("1e-999999999999999999999") + 0) == "1e-9"


def test_malformed_wire_text_is_kept_and_equals_itself() -> None:
    wild = Quantity.from_wire("lots")

    assert (str(wild), repr(wild)) == ("lots", "Quantity('lots')")
    assert {wild, Quantity.from_wire("lots"), Quantity.from_wire("few")} == {
        wild,
        Quantity.from_wire("few"),
    }
    assert wild != Quantity("1")


@pytest.mark.parametrize("use", ["value", "milli_value", "canonical", "to_decimal"])
def test_malformed_wire_text_raises_when_its_number_is_needed(use: str) -> None:
    wild = Quantity.from_wire("lots")

    with pytest.raises(ValueError, match="'lots' is no quantity"):
        getattr(wild, use)()


@pytest.mark.parametrize(
    ("wire", "canonical"), [(2, "2"), (0.5, "500m"), (1e22, "10e21"), (" 1Gi\n", "1Gi")]
)
def test_what_was_read_goes_back_unchanged(wire: str | int | float, canonical: str) -> None:
    codec = QuantityCodec()
    quantity = codec.decode(wire)

    assert (codec.encode(quantity), quantity.canonical()) == (wire, canonical)


@pytest.mark.parametrize("wire", [None, True, [], {}], ids=repr)
def test_json_of_another_shape_is_no_quantity(wire: object) -> None:
    with pytest.raises(ValueError, match="text or a number"):
        QuantityCodec().decode(wire)


@pytest.mark.parametrize("name", ["_wire", "format", "other"])
def test_a_quantity_cannot_be_changed(name: str) -> None:
    with pytest.raises(AttributeError, match="cannot be changed"):
        setattr(Quantity("1"), name, "2")


@pytest.mark.parametrize("quantity", [Quantity("0.5"), Quantity.from_wire("x")], ids=str)
def test_copies_are_the_same(quantity: Quantity) -> None:
    copies = [copy.copy(quantity), copy.deepcopy(quantity), pickle.loads(pickle.dumps(quantity))]

    assert [str(each) for each in copies] == [str(quantity)] * 3


def test_float_is_for_gauges() -> None:
    assert float(Quantity("250m")) == 0.25


class Resources(BaseModel):
    limits: dict[str, Quantity] = {}


def test_a_pydantic_model_takes_text_and_numbers_and_writes_text() -> None:
    resources = Resources.model_validate(
        {"limits": {"cpu": "0.5", "pods": 10, "x": Quantity("1Gi")}}
    )

    assert resources.model_dump_json() == '{"limits":{"cpu":"0.5","pods":"10","x":"1Gi"}}'


def test_a_pydantic_model_takes_fractions_from_json() -> None:
    resources = Resources.model_validate_json('{"limits":{"cpu":0.5}}')

    assert resources == Resources(limits={"cpu": Quantity("500m")})


@pytest.mark.parametrize("value", ["many", 0.5, None], ids=repr)
def test_a_pydantic_model_refuses_what_is_no_quantity(value: object) -> None:
    with pytest.raises(ValidationError, match="quantity"):
        Resources.model_validate({"limits": {"cpu": value}})
