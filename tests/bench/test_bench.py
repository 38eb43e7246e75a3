"""What the benchmark computes and shows; nothing is measured here."""

from collections.abc import Callable

import pytest

from tests.bench import __main__ as bench
from tests.bench import suite
from tests.bench.generating import Outcome, outcome_of
from tests.bench.pods import writes_of
from tests.bench.runs import RunError, in_turn
from tests.bench.tables import Row, Table


@pytest.fixture
def table() -> Table:
    rows = (
        Row("slow", (4.0, 3.0, 8.0)),
        Row("absent", problem="not installed"),
        Row("own", (1.0, 3.0, 2.0)),
    )
    return Table("list", "s", "own", rows, digits=1)


def test_text_has_the_best_first_and_the_missing_last(table: Table) -> None:
    assert table.text().splitlines() == [
        "list [s]  median  min  max  n  ratio",
        "  own        2.0  1.0  3.0  3   1.00",
        "  slow       4.0  3.0  8.0  3   2.00",
        "  absent       -    -    -  -      -  not installed",
    ]


def test_text_without_a_baseline_keeps_the_order() -> None:
    table = Table("stages", "s", "", (Row("read", (4.0,)), Row("write", (1.0,))), digits=0)

    assert [line.split()[0] for line in table.text().splitlines()] == ["stages", "read", "write"]


def test_data_has_medians_and_ratios(table: Table) -> None:
    found = [(row["name"], row["median"], row["ratio"]) for row in table.data()["rows"]]

    assert found == [("slow", 4.0, 2.0), ("absent", None, None), ("own", 2.0, 1.0)]


def test_there_is_no_ratio_without_a_baseline() -> None:
    row = Row("slow", (4.0,))

    assert Table("list", "s", "own", (row,)).ratio(row) is None


def test_cases_run_in_turn_and_one_that_fails_is_not_repeated() -> None:
    ran: list[str] = []

    def case(name: str) -> Callable[[], int]:
        def run() -> int:
            ran.append(name)
            if name == "broken":
                raise RunError("no such module")
            return len(ran)

        return run

    names = ("one", "broken", "two")
    results, problems = in_turn({name: case(name) for name in names}, 2, say=lambda _: None)

    assert ran == ["one", "broken", "two", "one", "two"]
    assert results == {"one": [1, 4], "broken": [], "two": [3, 5]}
    assert problems == {"broken": "no such module"}


def test_the_summary_of_the_command_is_read() -> None:
    line = "out/made: 119 added (4.5 s, read 0.17 s, format 2.48 s, peak memory 94 MB)"

    expected = Outcome({"whole process": 5.0, "read": 0.17, "format": 2.48}, 94.0)
    assert outcome_of(line, 5.0) == expected


def test_a_pod_is_written_by_its_number_alone() -> None:
    assert list(writes_of(7)) == list(writes_of(7))
    assert [write.method for write in writes_of(7)] == ["POST", "PATCH", "PATCH"]


def test_the_command_line_knows_its_parts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["bench", "lists"])

    with pytest.raises(SystemExit):
        bench.main()

    assert "no such part: lists" in capsys.readouterr().err


def test_the_suite_that_is_measured_passes() -> None:
    suite.test_a_website_gets_its_servers(0)
