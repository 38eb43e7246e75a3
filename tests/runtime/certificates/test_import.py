"""The library that certificates need is an extra: nothing else asks for it."""

from __future__ import annotations

import subprocess
import sys

WITHOUT = """
import sys
sys.modules["cryptography"] = None
import kubewright.clientset, kubewright.testing, kubewright.controller, kubewright.auth.certificates
try:
    import kubewright.certificates
except kubewright.errors.ConfigError as error:
    print(error)
"""


def test_where_the_library_is_missing_one_line_says_how_to_get_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout == "this needs cryptography: pip install 'kubewright[certificates]'\n"
