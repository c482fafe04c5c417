"""A limit of memory for one process, as a container has it, where this machine lets the tests make one."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LIMIT_MIB: Final = 256
"""The memory limit in k8s/deployment.yaml."""
_MIB: Final = 1024 * 1024
_V1: Final = Path("/sys/fs/cgroup/memory")
_V2: Final = Path("/sys/fs/cgroup")


def image_environment() -> dict[str, str]:
    """How the image sets up the allocator."""
    dockerfile = (Path(__file__).parents[2] / "Dockerfile").read_text()
    return dict(re.findall(r"^ +(MALLOC_\w+)=(\d+)", dockerfile, re.MULTILINE))


@dataclass(frozen=True, slots=True)
class MemoryLimit:
    """A cgroup with that limit; without `group` nothing is enforced, and the peak of the process is measured alone.

    Source: https://docs.kernel.org/admin-guide/cgroup-v2.html, https://docs.kernel.org/admin-guide/cgroup-v1/memory.html
    """

    group: Path | None

    @property
    def prefix(self) -> tuple[str, ...]:
        """What to put before a command, so that it runs within the limit from its first instruction on."""
        if self.group is None:
            return ()
        return ("/bin/sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', str(self.group))

    def __str__(self) -> str:
        return "measured only" if self.group is None else f"enforced by {self.group.parent}"


@contextmanager
def memory_limit(name: str) -> Iterator[MemoryLimit]:
    """Make the cgroup, and remove it when its process has ended."""
    group = _made(_V1 / name, "memory.limit_in_bytes") or _made(_V2 / name, "memory.max")
    try:
        yield MemoryLimit(group)
    finally:
        if group is not None:
            _removed(group)


def _made(group: Path, limit: str) -> Path | None:
    try:
        group.mkdir()
    except OSError:
        return None
    try:
        (group / limit).write_text(str(LIMIT_MIB * _MIB))
    except OSError:
        # The controller is not enabled for the children of this cgroup.
        group.rmdir()
        return None
    return group


def _removed(group: Path) -> None:
    for _ in range(50):
        with suppress(OSError):
            group.rmdir()
            return
        time.sleep(0.1)


def peak_mib(pid: int) -> int:
    """The most memory that the process has had resident."""
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    [line] = [each for each in status if each.startswith("VmHWM:")]
    return int(line.split()[1]) // 1024


def threads_of(pid: int) -> list[str]:
    """The threads of the process that are alive, by name."""
    return sorted((each / "comm").read_text().strip() for each in Path(f"/proc/{pid}/task").iterdir())
