"""Classes come after those that their bodies name."""

import pytest

from kubewright_gen.resolve.ir import Field, Model, Presence, TypeRef
from kubewright_gen.resolve.order import in_order


def model(name: str, *needs: str, presence: Presence = "empty") -> Model:
    fields = tuple(Field(n.lower(), n.lower(), None, TypeRef("local", n), presence) for n in needs)
    return Model(name, "", fields)


def optional(ordered: tuple[Model, ...]) -> list[tuple[str, str]]:
    return [(m.name, f.name) for m in ordered for f in m.fields if f.presence == "optional"]


@pytest.mark.parametrize(
    ("models", "order"),
    [
        ([model("B"), model("A")], "AB"),
        ([model("A", "B"), model("B")], "BA"),
        ([model("A", "C"), model("B"), model("C", "D"), model("D")], "DCAB"),
        ([model("A", "B", "C"), model("B"), model("C")], "BCA"),
        ([model("A", "B", presence="optional"), model("B")], "AB"),
    ],
)
def test_what_is_needed_comes_first_else_names_decide(models: list[Model], order: str) -> None:
    assert "".join(m.name for m in in_order(models)) == order


@pytest.mark.parametrize(
    ("models", "cut"),
    [
        ([model("A", "A")], [("A", "a")]),
        ([model("A", "B"), model("B", "A")], [("B", "a")]),
        ([model("A", "B"), model("B", "C"), model("C", "B")], [("C", "b")]),
    ],
)
def test_a_loop_is_cut_where_it_closes(models: list[Model], cut: list[tuple[str, str]]) -> None:
    assert optional(in_order(models)) == cut


def test_a_chain_can_be_long() -> None:
    chain = [model(f"N{i:05}", f"N{i + 1:05}") for i in range(5_000)]
    ordered = in_order([*chain, model("N05000")])

    assert [m.name for m in ordered] == [f"N{i:05}" for i in range(5_000, -1, -1)]
