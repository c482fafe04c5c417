"""What channels cost the controller in memory: `python -m tests.benchmarks.channels` prints the figures.

Each figure is that of a process of its own, with the container that the controller uses and a receiver beside it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import yaml

from tests.servers.webhook_receiver import WebhookReceiver

MESSAGES: Final = 200
_PROCESS: Final = """
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from dependency_injector.providers import Object
from watch_cluster.adapters.cron.clock import SystemClock
from watch_cluster.adapters.memory.orchestrator import InMemoryOrchestrator
from watch_cluster.application.ports.reporting.outbox import DeliveryStatus
from watch_cluster.domain.rollout.notification import Notification, NotificationType
from watch_cluster.domain.workload import annotation
from watch_cluster.domain.workload.workload import Container, WorkloadKey
from watch_cluster.entrypoints.container.container import Container as Process
from watch_cluster.entrypoints.settings.settings import Settings

file, names, messages, now = sys.argv[1], sys.argv[2], int(sys.argv[3]), datetime.now(UTC)
orchestrator = InMemoryOrchestrator(SystemClock())
key = WorkloadKey("default", "Deployment", "shop")
app = (Container("app", "shop:1.0"),)
orchestrator.create(key, app, {annotation.ENABLED: "true", **({annotation.NOTIFY: names} if names else {})})
settings = Settings(NOTIFICATIONS=Path(file) if file else None)
process = Process(settings=settings, orchestrator=Object(orchestrator.ports()))
process.use_cases.reconcile
outbox = process.outbox()
digests = process.digest_channels()
for number in range(messages if names else 0):
    sent = Notification(str(number), NotificationType.IMAGE_ROLLOUT_COMPLETED, key, app, now, {"reason": "it works"})
    outbox.put(sent)
    while outbox.status_of(sent.id) is DeliveryStatus.WAITING:
        time.sleep(0.001)
status = Path("/proc/self/status").read_text()
print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")), flush=True)
os._exit(0)
"""


def main() -> None:
    """Measure without a file, then with more and more channels."""
    with WebhookReceiver() as receiver, tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "channels.yaml"
        mail = {"server": "127.0.0.1", "from": "a@b.example", "to": ["c@d.example"]}
        chats: dict[str, dict[str, object]] = {f"chat-{number}": {"slack": receiver.url} for number in range(50)}
        every_morning = {"digest": "0 0 9 * * ?", "timezone": "Asia/Seoul"}
        none = _megabytes("", "")
        print(f"no channels: {none:.1f} MB")  # noqa: T201 - the figures
        for what, written, names in (
            ("one chat", dict(list(chats.items())[:1]), "chat-0"),
            ("fifty chats, ten of them named", chats, ",".join(list(chats)[:10])),
            (
                "a chat, a digest, e-mail",
                {"chat-0": chats["chat-0"], "daily": {**chats["chat-0"], **every_morning}, "mail": {"email": mail}},
                "chat-0",
            ),
            (
                "Apprise, beside a chat",
                {"chat-0": chats["chat-0"], "other": {"apprise": f"json://{receiver.host}"}},
                "chat-0,other",
            ),
        ):
            file.write_text(yaml.safe_dump({"channels": written}))
            messages = 2 if "other" in names else MESSAGES
            print(f"{what}: {_megabytes(str(file), names, messages) - none:+.1f} MB")  # noqa: T201 - the figures


def _megabytes(file: str, names: str, messages: int = MESSAGES) -> float:
    command = (sys.executable, "-c", _PROCESS, file, names, str(messages))
    kilobytes = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return int(kilobytes.split()[-1]) / 1024


if __name__ == "__main__":
    main()
