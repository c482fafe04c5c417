"""What commands print on standard error."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

COMMAND = [sys.executable, "-m", "watch_cluster", "cron", "0 0 4 * * ?", "--timezone", "Mars"]
COMPLAINT = (
    "watch-cluster: --timezone 'Mars' is not known: write a name of the IANA time zone database, such as UTC,"
    " Asia/Seoul or Europe/Berlin"
)


def test_a_terminal_shows_an_error_wrapped_between_words() -> None:
    person, program = pty.openpty()
    try:
        ended = subprocess.run(COMMAND, env=os.environ | {"COLUMNS": "80"}, check=False, stderr=program, timeout=60)
        lines = os.read(person, 65_536).decode().splitlines()
    finally:
        os.close(program)
        os.close(person)
    assert ended.returncode == 2
    assert max(len(line) for line in lines) <= 80
    assert " ".join(lines) == COMPLAINT


def test_a_file_gets_each_error_as_one_line() -> None:
    environment = os.environ | {"COLUMNS": "80"}
    ended = subprocess.run(COMMAND, env=environment, check=False, capture_output=True, text=True, timeout=60)
    assert ended.stderr.splitlines() == [COMPLAINT]
