"""A signal ends a program gracefully, a second one at once."""

from __future__ import annotations

import signal
import subprocess
import sys

PROGRAM = """
import sys
from kubewright.controller import stop_on_signals

stop = stop_on_signals()
print("waits", flush=True)
stop.wait(30)
print("ends", flush=True)
if "hang" in sys.argv:
    import time
    time.sleep(30)
"""


def run(*signals: signal.Signals, hang: bool = False) -> tuple[int, str]:
    command = [sys.executable, "-c", PROGRAM, *(["hang"] if hang else [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline()]
        for each in signals:
            process.send_signal(each)
            lines.append(process.stdout.readline())
        return process.wait(10), "".join(lines)


def test_the_first_signal_lets_it_end() -> None:
    assert run(signal.SIGTERM) == (0, "waits\nends\n")


def test_the_second_one_ends_it() -> None:
    assert run(signal.SIGTERM, signal.SIGINT, hang=True) == (128 + signal.SIGINT, "waits\nends\n")
