"""Small commands load little, so that they start fast."""

from __future__ import annotations

from tests.unit.entrypoints.cli.modules import loaded_by

RUN = "from typer.testing import CliRunner\nfrom watch_cluster.entrypoints.main import app\n"


def test_tags_from_a_list_load_no_client() -> None:
    arguments = ["tags", "shop:1.0.0", "--tags-from", "-"]
    loaded = loaded_by(f"{RUN}assert CliRunner().invoke(app, {arguments!r}, input='1.1.0').exit_code == 0")
    assert "re2" in loaded
    assert not loaded & {"httpx", "httpcore", "kubernetes", "urllib3", "dependency_injector", "prometheus_client"}
