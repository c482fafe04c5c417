"""Small commands load little, so that they start within 0.4 seconds."""

from __future__ import annotations

import pytest

from tests.unit.entrypoints.cli.modules import loaded_by

RUN = "from typer.testing import CliRunner\nfrom watch_cluster.entrypoints.main import app\n"
HEAVY = {
    "croniter",
    "dependency_injector",
    "httpcore",
    "httpx",
    "kubernetes",
    "msgspec",
    "prometheus_client",
    "pydantic",
    "re2",
    "rich",
    "structlog",
    "urllib3",
    "yaml",
}


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        (["tags", "shop:1.0.0", "--tags-from", "-"], {"re2"}),
        (["cron", "0 */5 * * * ?"], {"croniter"}),
        (["--version"], set()),
        (["--help"], set()),
    ],
    ids=["tags", "cron", "version", "help"],
)
def test_a_small_command_loads_what_it_needs(arguments: list[str], needed: set[str]) -> None:
    loaded = loaded_by(f"{RUN}assert CliRunner().invoke(app, {arguments!r}, input='1.1.0').exit_code == 0")
    assert loaded & HEAVY == needed
