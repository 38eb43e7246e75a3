"""Properties of selectors, for any terms that the server would take."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from hypothesis import given
from hypothesis import strategies as st

from kubewright.selectors import (
    FieldRequirements,
    FieldSelectorTerm,
    LabelRequirements,
    LabelSelectorTerm,
    SelectorError,
    parse_field_selector,
    parse_label_selector,
)

S = TypeVar("S")

names = st.from_regex(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,8}[A-Za-z0-9])?", fullmatch=True)
keys = st.one_of(
    st.sampled_from(["in", "notin", "a", "b"]),
    names,
    st.from_regex(r"[a-z0-9]{1,5}(\.[a-z]{1,3})?/[a-z]{1,4}", fullmatch=True),
)
values = st.one_of(st.just(""), st.sampled_from(["in", "a", "b", "7"]), names)
value_lists = st.lists(values, min_size=1, max_size=4).map(tuple)
integers = st.integers(0, 2**63 - 1).map(str)
label_terms = st.one_of(
    st.builds(LabelSelectorTerm, keys, st.sampled_from(["exists", "!"])),
    st.builds(LabelSelectorTerm, keys, st.sampled_from(["=", "==", "!="]), st.tuples(values)),
    st.builds(LabelSelectorTerm, keys, st.sampled_from(["in", "notin"]), value_lists),
    st.builds(LabelSelectorTerm, keys, st.sampled_from([">", "<"]), st.tuples(integers)),
)
label_selectors = st.lists(label_terms, max_size=5).map(
    lambda terms: LabelRequirements(tuple(terms))
)
labels = st.dictionaries(keys, values, max_size=4)

fields = st.from_regex(r"\.?[a-z]{1,4}(\.[a-zA-Z0-9]{1,4}){0,2}", fullmatch=True)
field_values = st.text(st.sampled_from("ab,=\\! ü"), max_size=6)
field_terms = st.builds(FieldSelectorTerm, fields, st.sampled_from(["=", "!="]), field_values)
field_selectors = st.lists(field_terms, max_size=5).map(
    lambda terms: FieldRequirements(tuple(terms))
)


def outcome(parse: Callable[[str], S], text: str) -> S | SelectorError:
    try:
        return parse(text)
    except SelectorError as error:
        return error


@given(label_selectors)
def test_a_printed_label_selector_parses_to_itself(selector: LabelRequirements) -> None:
    assert parse_label_selector(str(selector)) == selector


@given(label_selectors, labels)
def test_a_selector_matches_when_each_term_does(
    selector: LabelRequirements, found: dict[str, str]
) -> None:
    assert selector.matches(found) == all(term.matches(found) for term in selector.terms)


@given(keys, value_lists, labels)
def test_an_operator_and_its_opposite_split_all_objects(
    key: str, chosen: tuple[str, ...], found: dict[str, str]
) -> None:
    inside = LabelSelectorTerm(key, "in", chosen).matches(found)
    outside = LabelSelectorTerm(key, "notin", chosen).matches(found)
    present = LabelSelectorTerm(key, "exists").matches(found)
    absent = LabelSelectorTerm(key, "!").matches(found)

    assert (inside, present) == (not outside, not absent)


@given(labels)
def test_labels_select_themselves(found: dict[str, str]) -> None:
    assert LabelRequirements.from_mapping(found).matches(found)


@given(st.text("ab1-/.,=!()<> in", max_size=15))
def test_any_text_is_a_label_selector_or_an_error_with_its_place(text: str) -> None:
    result = outcome(parse_label_selector, text)

    if isinstance(result, SelectorError):
        assert result.position in range(len(text) + 1)
    else:
        assert parse_label_selector(str(result)) == result


@given(field_selectors)
def test_a_printed_field_selector_parses_to_itself(selector: FieldRequirements) -> None:
    assert parse_field_selector(str(selector)) == selector


@given(st.text("ab.,=!\\ ", max_size=15))
def test_any_text_is_a_field_selector_or_an_error_with_its_place(text: str) -> None:
    result = outcome(parse_field_selector, text)

    if isinstance(result, SelectorError):
        assert result.position in range(len(text) + 1)
    else:
        assert parse_field_selector(str(result)) == result
