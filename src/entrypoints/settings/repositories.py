"""The type of the variable that names the declared repositories."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator


def _declared(file: Path) -> Path:
    from watch_cluster.adapters.git.write_back.declarations import read_declarations

    read_declarations(file)
    if shutil.which("git") is None:
        raise ValueError("the program git is missing: install git in the image")
    return file


RepositoriesFile = Annotated[Path, AfterValidator(_declared)]
