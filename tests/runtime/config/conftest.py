"""Kubeconfigs in files, and a machine without any."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

Write = Callable[[str, object], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a kubeconfig below the temporary folder: text as it is, else as JSON."""

    def write_file(name: str, content: object) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write_file


@pytest.fixture
def nowhere(tmp_path: Path) -> Path:
    """A folder for a service account that is not mounted."""
    return tmp_path / "no-service-account"


@pytest.fixture
def environ(tmp_path: Path) -> Mapping[str, str]:
    """The variables of a machine whose home is empty."""
    return {"HOME": str(tmp_path / "home"), "PATH": "/usr/bin:/bin"}


@pytest.fixture
def kubeconfig() -> dict[str, Any]:
    """A kubeconfig with a token."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "dev",
        "clusters": [{"name": "dev", "cluster": {"server": "https://dev.example:6443"}}],
        "users": [{"name": "me", "user": {"token": "s3cret"}}],
        "contexts": [
            {"name": "dev", "context": {"cluster": "dev", "user": "me", "namespace": "team"}}
        ],
    }
