"""What the packages of ``tests/golden`` do when they are imported."""

from __future__ import annotations

from collections.abc import Generator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import ValidationError

from kubewright.model import Model
from kubewright_gen.resolve.naming import module_name
from kubewright_gen.resolve.shapes import is_class
from kubewright_gen.sources.crd import read_crds
from tests.support.packages import imported, models_of, touch

GOLDEN = Path(__file__).parents[1] / "golden"
CASES = sorted(path.parent.name for path in GOLDEN.glob("*/expected"))


@cache
def files(case: str) -> dict[str, str]:
    folder = GOLDEN / case / "expected"
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*.py")
    }


@pytest.fixture(scope="module")
def packages() -> Generator[dict[str, dict[str, ModuleType]]]:
    """Every golden package, imported: the modules of each by their names."""
    loaded: dict[str, dict[str, ModuleType]] = {}
    contexts = [(case, imported(files(case), case)) for case in CASES]
    for case, context in contexts:
        loaded[case] = context.__enter__()
    yield loaded
    for _, context in contexts:
        context.__exit__(None, None, None)


Packages = dict[str, dict[str, ModuleType]]


def model(packages: Packages, case: str, name: str, module: str = "") -> Any:
    """A class of the golden packages; checkers cannot know what it has."""
    return getattr(packages[case][f"{module or f'{case}_example_com_v1'}.models"], name)


def every_model(packages: Packages, case: str) -> list[type[Model]]:
    modules = (m for name, m in packages[case].items() if name.endswith(".models"))
    return [found for module in modules for found in models_of(module).values()]


def wire_names(found: type[Model]) -> set[str]:
    everything = found.from_wire({})
    for name in found.model_fields:
        setattr(everything, name, None)
    return set(everything.to_wire())


@pytest.mark.parametrize("case", CASES)
def test_every_model_builds_and_writes_nothing_that_was_not_said(
    packages: Packages, case: str
) -> None:
    for found in every_model(packages, case):
        found.model_rebuild(force=True)
        assert found().to_wire().keys() <= {"apiVersion", "kind"}, found


@pytest.mark.parametrize("case", CASES)
def test_every_field_of_nothing_can_be_looked_at(packages: Packages, case: str) -> None:
    for found in every_model(packages, case):
        nothing = found.from_wire({})
        for name in found.model_fields:
            getattr(nothing, name)
        assert nothing.to_wire() == {}, found


@pytest.mark.parametrize("case", CASES)
def test_unknown_fields_and_values_of_any_type_come_back(packages: Packages, case: str) -> None:
    values: list[Any] = [None, "x", 7, 1.5, True, [], [None, {"a": [1]}], {}, {"b": {"c": None}}]
    for found in every_model(packages, case):
        for value in values:
            wire = dict.fromkeys([*wire_names(found), "unknownField", "$odd name"], value)
            read = found.from_wire(wire)
            touch(read)
            assert read.to_wire() == wire, found


@pytest.mark.parametrize("case", CASES)
def test_a_constructor_takes_the_python_name_and_the_wire_name_of_each_field(
    packages: Packages, case: str
) -> None:
    for found in every_model(packages, case):
        for name in found.model_fields:
            wire_name = wire_name_of(found, name)
            assert written(found, name) == {wire_name}, (found, name)
            assert written(found, wire_name) == {wire_name}, (found, wire_name)


def wire_name_of(found: type[Model], name: str) -> str:
    nothing = found.from_wire({})
    setattr(nothing, name, None)
    (wire_name,) = nothing.to_wire()
    return wire_name


def written(found: type[Model], argument: str) -> set[str]:
    """What a model writes of which one argument was given."""
    values: list[Any] = ["2020-01-01T00:00:00Z", "AAE=", 1, True, [], {}, None]
    for value in values:
        try:
            wire = found(**{argument: value}).to_wire()
        except ValidationError:
            continue
        given = found().to_wire()
        return {key for key in wire if key not in given or given[key] != wire[key]}
    raise AssertionError(f"{found}: {argument} takes no value")


@pytest.mark.parametrize(
    "case", [case for case in CASES if not (GOLDEN / case / "input" / "openapi").is_dir()]
)
def test_models_have_the_wire_names_of_their_definitions(packages: Packages, case: str) -> None:
    documents = read_crds([str(GOLDEN / case / "input")]).documents
    for document in documents.group_versions:
        models = packages[case][f"{module_name(document.group_version)}.models"]
        kinds = {found().to_wire().get("kind"): found for found in models_of(models).values()}
        for schema in document.schemas.values():
            found = kinds.get(schema.kinds[0].kind)
            if found is None:
                continue  # the kind of the list
            assert wire_names(found) == schema.properties.keys()
            spec = schema.properties.get("spec")
            if spec is not None and is_class(spec):
                read: Any = found.from_wire({"spec": {}})
                assert wire_names(read.spec.__class__) == spec.properties.keys()


def test_a_name_that_is_wrong_is_an_error(packages: Packages) -> None:
    with pytest.raises(ValidationError, match="nmae"):
        model(packages, "shapes", "BoxSpecSteps")(nmae="a")


def test_a_required_field_that_the_server_left_out_is_as_go_has_it(packages: Packages) -> None:
    spec: Any = model(packages, "values", "ValueSpec").from_wire({})

    assert (spec.required_text, spec.required_list, spec.required_nullable) == ("", [], None)


def test_lists_and_maps_are_there_unless_the_server_tells_null_from_empty(
    packages: Packages,
) -> None:
    spec: Any = model(packages, "values", "ValueSpec")()

    assert (spec.set, spec.map_of_both, spec.nullable_list, spec.nullable_map) == (
        [],
        {},
        None,
        None,
    )


def test_the_defaults_of_the_server_are_not_sent(packages: Packages) -> None:
    found = model(packages, "values", "ValueSpec")

    assert found(required_text="a", required_list=["b"]).to_wire() == {
        "requiredText": "a",
        "requiredList": ["b"],
    }


@pytest.mark.parametrize(
    "wire",
    [{}, {"nullableList": None}, {"nullableList": []}, {"nullableObject": {}}, {"time": None}],
    ids=str,
)
def test_absent_null_and_empty_stay_apart(packages: Packages, wire: dict[str, Any]) -> None:
    read = model(packages, "values", "ValueSpec").from_wire(wire)
    touch(read)

    assert read.to_wire() == wire


def test_presence_markers_are_kept_and_can_be_set(packages: Packages) -> None:
    found = model(packages, "shapes", "BoxSpecMarkers")

    assert found(none={}).to_wire() == {"none": {}}
    assert found.from_wire({"tar": {}}).to_wire() == {"tar": {}}


def test_any_json_stays_what_it_is(packages: Packages) -> None:
    found = model(packages, "shapes", "BoxSpec_2")
    values: list[Any] = [[1, {"a": None}], 1, 1.5, "x", False, {"b": []}]
    for value in values:
        read: Any = found.from_wire({"anything": value})
        assert read.anything == value
        assert found(anything=value).to_wire() == {"anything": value}


def test_objects_in_lists_of_lists_and_in_maps_are_models(packages: Packages) -> None:
    wire = {"steps": [[{"name": "a"}], []], "mapOfObjects": {"k": {"a": "v", "new": 1}}}
    spec: Any = model(packages, "shapes", "BoxSpec_2").from_wire(wire)
    spec.steps[0][0].name = "b"

    assert spec.map_of_objects["k"].a == "v"
    assert spec.to_wire() == {**wire, "steps": [[{"name": "b"}], []]}


def test_an_enum_takes_values_that_came_after_it(packages: Packages) -> None:
    found = model(packages, "enums", "ChoiceSpec")

    assert found(operator="=", twins="brand-new").to_wire() == {
        "operator": "=",
        "twins": "brand-new",
    }
    read: Any = found.from_wire({"operator": "new", "numbers": 3, "list": ["a", "new"]})
    assert (read.operator, read.numbers, read.list_) == ("new", 3, ["a", "new"])


@pytest.mark.parametrize("value", [1, "25%", "1"])
@pytest.mark.parametrize(
    "name",
    ["any_of_both", "one_of_both", "marked", "marked_twice", "marked_and_typed", "formatted"],
)
def test_int_or_string_keeps_its_type_in_every_spelling(
    packages: Packages, name: str, value: object
) -> None:
    found = model(packages, "values", "ValueSpec")
    (wire,) = found(**{name: value}).to_wire().values()

    assert (wire, type(wire)) == (value, type(value))


def test_times_and_bytes_are_read_as_such_and_written_as_they_came(packages: Packages) -> None:
    wire = {"time": "2020-01-02T03:04:05Z", "bytes": "AAE="}
    spec: Any = model(packages, "values", "ValueSpec").from_wire(wire)

    assert (spec.time, spec.bytes_) == (datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC), b"\0\1")
    assert spec.to_wire() == wire


def test_fields_that_meet_in_one_name_keep_their_values_apart(packages: Packages) -> None:
    names = ["proxyURL", "proxyUrl", "proxy_url", "ProxyUrl", "from", "class", "__class__"]
    wire = {name: f"the {name}" for name in names}
    found = model(packages, "fields", "ThingSpec")

    assert found.from_wire(wire).to_wire() == wire
    assert found(**wire).to_wire() == wire


def test_models_can_hold_themselves(packages: Packages) -> None:
    found = model(packages, "references", "Tree", "core_example_com_v1")
    wire: dict[str, Any] = {"children": [{"byName": {"a": {"parent": {"children": []}}}}]}
    read: Any = found.from_wire(wire)
    touch(read)

    assert isinstance(read.children[0].by_name["a"].parent, found)
    assert read.to_wire() == wire
    assert found(children=[found(parent=found())]).to_wire() == {"children": [{"parent": {}}]}


def test_a_class_and_one_of_the_same_name_from_elsewhere_are_two(packages: Packages) -> None:
    gadget: Any = model(packages, "references", "Gadget", "apps_example_com_v1").from_wire(
        {"own": {"own": "a"}, "selector": {"matchLabels": {"b": "c"}}}
    )

    assert (gadget.own.own, gadget.selector.match_labels) == ("a", {"b": "c"})


def test_a_shape_of_two_kinds_is_one_class_under_the_names_of_both(packages: Packages) -> None:
    assert model(packages, "shapes", "CrateSpecInner") is model(packages, "shapes", "BoxSpecFirst")


def test_one_kind_in_two_groups_is_two_classes(packages: Packages) -> None:
    one = model(packages, "kinds", "Provider", "one_example_com_v1")
    two = model(packages, "kinds", "Provider", "two_example_com_v1")

    assert (one().to_wire(), two().to_wire()) == (
        {"apiVersion": "one.example.com/v1", "kind": "Provider"},
        {"apiVersion": "two.example.com/v1", "kind": "Provider"},
    )


def test_docstrings_say_what_the_definition_says(packages: Packages) -> None:
    words = """ First \"\"\" line ends the docstring\"\"\" import os; os.system("true")  # {{ 7 * 7 }}
        {% for x in y %} {# comment #} indented by four and by a tab, and a quote at the end" """

    assert model(packages, "texts", "Text").__doc__.split() == words.split()
