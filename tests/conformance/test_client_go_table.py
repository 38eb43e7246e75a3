"""CLIENT-GO.md has a row for every package of client-go, as Go lists them."""

from __future__ import annotations

import json
import subprocess
from fnmatch import fnmatchcase

import pytest

from tests.differential import SOURCES
from tests.support.client_go_table import rows
from tests.support.programs import go_command

pytestmark = pytest.mark.conformance

_PREFIX = "k8s.io/client-go/"


def test_no_package_of_client_go_is_left_out() -> None:
    listed = subprocess.run(
        [go_command(SOURCES), "list", "-e", "-find", "-json=ImportPath", f"{_PREFIX}..."],
        cwd=SOURCES,
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    ).stdout
    objects = json.loads("[" + listed.replace("}\n{", "},{") + "]")
    packages = [found["ImportPath"].removeprefix(_PREFIX) for found in objects]
    packages = [p for p in packages if p != "k8s.io/client-go" and not p.endswith("_test")]
    assert len(packages) > 200, "the whole library is there"
    named = [name for row in rows() for name in row.packages]

    assert [p for p in packages if not any(fnmatchcase(p, name) for name in named)] == []
