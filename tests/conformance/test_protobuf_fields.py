"""The committed table of protobuf fields is what its script makes of Kubernetes' modules."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.programs import go_command

pytestmark = pytest.mark.conformance

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "runtime/kubewright/protobuf/fields.txt"
DIFFERENTIAL = ROOT / "tests/differential/clientgo"


def test_the_table_is_what_the_script_makes(tmp_path: Path) -> None:
    made = tmp_path / "fields.txt"
    go = Path(go_command(DIFFERENTIAL)).parent
    environment = {**os.environ, "PATH": f"{go}{os.pathsep}{os.environ['PATH']}"}
    script = ROOT / "generator/protobuf_fields.py"
    done = subprocess.run(
        [sys.executable, script, made], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert made.read_text().splitlines() == TABLE.read_text().splitlines()


def test_the_table_is_of_the_version_that_the_tests_compare_with() -> None:
    version = TABLE.read_text().splitlines()[0].removeprefix("version ")
    assert f"k8s.io/api {version}\n" in (DIFFERENTIAL / "go.mod").read_text()
