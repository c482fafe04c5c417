"""The recording of the demo in the README: `python -m tests.generate.recording` plays it and writes docs/demo.svg."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.terminal_theme import MONOKAI

from watch_cluster.entrypoints.demo.story import play
from watch_cluster.entrypoints.logs import configure_logs

RECORDING: Final = Path(__file__).parents[2] / "docs" / "demo.svg"
WIDTH: Final = 80


def recorded() -> str:
    """Play the demo, and return what it printed as a picture that needs no font of another host."""
    console = Console(file=io.StringIO(), width=WIDTH, record=True, force_terminal=True, color_system="truecolor")
    assert play(console, verbose=False)
    picture = console.export_svg(title="watch-cluster demo", theme=MONOKAI, unique_id="demo")
    return re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)


if __name__ == "__main__":
    configure_logs("error", "auto")
    RECORDING.write_text(f"{recorded()}\n")
    sys.stdout.write(f"{RECORDING}\n")
