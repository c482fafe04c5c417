"""What containers have mounted, and how it is taken away, so that folders of tests can be removed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path


def unmount_all(folder: Path) -> None:
    """Unmount everything below the folder, the innermost first."""
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for mount in sorted((each for each in mounts if each.startswith(f"{folder}/")), reverse=True):
        unmount(Path(mount))


def unmount(path: Path) -> None:
    """Unmount it, also while it is used; nothing happens if nothing is mounted there."""
    subprocess.run([found("umount"), "--lazy", path], check=False, capture_output=True)


def found(command: str) -> str:
    """Where the command is, its bare name when it is nowhere."""
    return shutil.which(command, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") or command
