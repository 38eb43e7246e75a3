"""What opening a session on a pod leaves behind when it fails on the way."""

from __future__ import annotations

from typing import Any

import pytest

from kubewright.errors import ConnectionLostError
from kubewright.streams import remote_command
from kubewright.testing import FakeCluster
from kubewright_k8s import Clientset


class Lost:
    """A session that is lost at once."""

    def __init__(self) -> None:
        self.is_closed = False

    def resize(self, columns: int, rows: int) -> None:
        raise ConnectionLostError(f"{columns}x{rows}")

    def close(self) -> None:
        self.is_closed = True


def test_a_session_whose_size_cannot_be_told_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = Lost()

    def open_session(*_: Any) -> Lost:
        return lost

    monkeypatch.setattr(remote_command, "open_session", open_session)
    pods = Clientset(FakeCluster().rest).core_v1.pods("default")
    with pytest.raises(ConnectionLostError):
        pods.open_exec("web", ["sh"], tty=True, size=(80, 24))
    assert lost.is_closed
