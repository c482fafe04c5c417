"""Which packages a piece of Python loads."""

from __future__ import annotations

import subprocess
import sys


def loaded_by(statement: str) -> set[str]:
    program = (
        f"import sys\n{statement}\nprint(*sorted({{name.partition('.')[0] for name in sys.modules}}), file=sys.stderr)"
    )
    ended = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60)
    return set(ended.stderr.split())
