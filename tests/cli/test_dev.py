"""``dev.py`` hands the process over to the program that it starts: a signal to the one is a signal to the other."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: dev.py with the environment that runs these tests, in the place of one that it would have to install.
DEV = """
import sys, pathlib, dev
dev.BIN = pathlib.Path(sys.executable).parent
sys.exit(dev.become("python", "-c", sys.argv[1]))
"""
PROGRAM = """
import os, signal
def ended(number, frame):
    print("closed", flush=True)
    raise SystemExit(7)
signal.signal(signal.SIGINT, ended)
signal.signal(signal.SIGTERM, ended)
print(os.getpid(), flush=True)
while True:
    signal.pause()
"""


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_it_alone_reaches_the_program(end: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", DEV, PROGRAM], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert int(process.stdout.readline()) == process.pid
            process.send_signal(end)
            assert process.wait(10) == 7
            assert process.stdout.read() == "closed\n"
        finally:
            process.kill()
