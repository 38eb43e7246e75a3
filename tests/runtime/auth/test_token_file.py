"""A token in a file that somebody else renews."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubewright.auth.token_file import TokenFileSource
from kubewright.errors import ConfigError
from kubewright.rest.credentials import Credentials


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "token"
    file.write_text("one\n")
    return file


def test_space_around_the_token_does_not_count(path: Path) -> None:
    assert TokenFileSource(path).current() == Credentials(token="one")


def test_it_is_read_again_after_a_minute_and_not_before(path: Path, clock: Clock) -> None:
    source = TokenFileSource(path, clock=clock)
    tokens = [source.current().token]
    path.write_text("two")
    clock.now += 59
    tokens.append(source.current().token)
    clock.now += 1
    tokens.append(source.current().token)

    assert tokens == ["one", "one", "two"]


def test_the_same_token_is_the_same_value(path: Path, clock: Clock) -> None:
    source = TokenFileSource(path, clock=clock)
    first = source.current()
    clock.now += 120

    assert source.current() is first


def test_an_old_token_is_better_than_none(
    path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    source = TokenFileSource(path, clock=clock)
    source.current()
    path.unlink()
    clock.now += 61

    assert source.current() == Credentials(token="one")
    assert caplog.messages == [
        f"cannot read the token file {path}: No such file or directory;"
        " going on with the token from before"
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b" \n", "is empty", id="blank"),
        pytest.param(b"hunter2\nhunter2", "control character", id="two lines"),
        pytest.param(b"hunter2\xff", "no UTF-8 text", id="binary"),
        pytest.param(b"hunter2" * 200_000, "over 1 MiB", id="large"),
        pytest.param(None, "No such file", id="missing"),
    ],
)
def test_a_file_without_a_token_is_an_error_that_names_it(
    path: Path, content: bytes | None, message: str
) -> None:
    path.unlink()
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ConfigError, match=message) as caught:
        TokenFileSource(path).current()

    assert str(path) in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_the_initial_token_helps_while_the_file_is_missing(path: Path, clock: Clock) -> None:
    path.unlink()
    source = TokenFileSource(path, initial="zero", clock=clock)
    tokens = [source.current().token]
    path.write_text("one")
    clock.now += 60
    tokens.append(source.current().token)

    assert tokens == ["zero", "one"]


@pytest.mark.parametrize(
    ("rejected", "in_file", "replaced", "token"),
    [
        pytest.param("one", "two", True, "two", id="rotated"),
        pytest.param("one", "one", False, "one", id="not rotated"),
        pytest.param("zero", "two", True, "one", id="a fresh one is not thrown away"),
        pytest.param("one", "", False, "one", id="file empty now"),
    ],
)
def test_a_rejected_token_is_looked_up_again(
    path: Path, rejected: str, in_file: str, replaced: bool, token: str
) -> None:
    source = TokenFileSource(path)
    source.current()
    path.write_text(in_file)

    assert source.refresh(Credentials(token=rejected)) is replaced
    assert source.current() == Credentials(token=token)


def test_its_repr_shows_the_path_alone(path: Path) -> None:
    source = TokenFileSource(path, initial="hunter2")

    assert repr(source) == f"TokenFileSource({str(path)!r})"
