"""kubectl works with the server in memory as with a real one: a session, word for word.

``KUBEWRIGHT_UPDATE_GOLDEN=1`` writes what the server in memory says now; the differences to a real
server, which the second test shows, are told in the transcript by hand, each with its reason.
"""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest

from kubewright.testing import FakeCluster, ManualClock
from tests.support.apiserver import APIServer
from tests.support.kubectl import Kubectl, kubectl_program
from tests.support.transcripts import (
    Step,
    comparable,
    format_session,
    parse_session,
    run_session,
)

pytestmark = pytest.mark.conformance

FOLDER = Path(__file__).with_name("kubectl")
TRANSCRIPT = FOLDER / "transcript.txt"


@pytest.fixture(scope="module")
def steps() -> list[Step]:
    return parse_session(TRANSCRIPT.read_text(encoding="utf-8"))


def test_the_session_with_the_server_in_memory(steps: list[Step], tmp_path: Path) -> None:
    numbers = itertools.count(1)
    cluster = FakeCluster(
        clock=ManualClock(),
        rand=lambda: 0.5,
        new_uid=lambda: f"00000000-0000-0000-0000-{next(numbers):012}",
        require_namespaces=True,
    )
    with cluster.serve() as server:
        kubeconfig = server.write_kubeconfig(tmp_path / "kubeconfig")
        kubectl = Kubectl(kubectl_program(), kubeconfig, tmp_path)
        came = run_session(kubectl, [s.command for s in steps], FOLDER, tmp_path / "log")
        told = [o.output.replace(server.url, "http://127.0.0.1:PORT") for o in came]
    made = [
        Step(step.command, type(outcome)(text, outcome.code), step.reason, step.real)
        for step, outcome, text in zip(steps, came, told, strict=True)
    ]
    if os.environ.get("KUBEWRIGHT_UPDATE_GOLDEN"):
        TRANSCRIPT.write_text(format_session(made), encoding="utf-8")
    assert format_session(made) == format_session(steps)


def test_the_session_with_a_real_server(
    steps: list[Step], own_api_server: APIServer, tmp_path: Path
) -> None:
    kubeconfig = own_api_server.write_kubeconfig(tmp_path / "kubeconfig")
    kubectl = Kubectl(kubectl_program(), kubeconfig, tmp_path)
    came = run_session(kubectl, [s.command for s in steps], FOLDER, tmp_path / "log")
    wrong = {
        step.command: (comparable(step.on_a_real_server), comparable(outcome))
        for step, outcome in zip(steps, came, strict=True)
        if comparable(step.on_a_real_server) != comparable(outcome)
    }
    assert wrong == {}, wrong


def test_every_difference_is_one(steps: list[Step]) -> None:
    differing = [step for step in steps if step.reason]
    assert [s.command for s in differing if comparable(s.outcome) == comparable(s.real)] == []
