"""`watch-cluster migrate` with files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from watch_cluster.adapters.migration.supported_tools import TOOLS
from watch_cluster.entrypoints.cli.commands.migrate import FromTool
from watch_cluster.entrypoints.main import app

KEEL = """
kind: Deployment
metadata: {name: web, namespace: shop, annotations: {keel.sh/policy: "regexp:^(v1|v2)$", keel.sh/notify: team}}
"""


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, ["migrate", *arguments], input=stdin)


def test_every_tool_can_be_named() -> None:
    assert {each.value for each in FromTool} == TOOLS.keys()


def test_the_command_to_paste_is_quoted_and_the_rest_is_noted(tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_text(KEEL)
    (tmp_path / "notes.txt").write_text("not: [read")
    shown = run("--from", "keel", str(tmp_path))
    assert shown.exit_code == 0
    assert "kubectl annotate deployment web -n shop --overwrite \\\n" in shown.stdout
    assert "'watch-cluster.io/allow-tags=(v1|v2)'" in shown.stdout
    assert "note: keel.sh/notify: set notify to the name of a channel" in shown.stdout


def test_settings_with_the_same_note_share_it(tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_text(KEEL.replace("keel.sh/notify: team", "keel.sh/a: x, keel.sh/b: y"))
    shown = run("--from", "keel", str(tmp_path))
    assert "note: keel.sh/a, keel.sh/b: " in shown.stdout


def test_services_of_several_files_with_one_name_are_kept_apart(tmp_path: Path) -> None:
    for name, tags in (("one", "^1"), ("two", "^2")):
        (tmp_path / f"{name}.yaml").write_text(f"services: {{web: {{image: web, labels: ['wud.tag.include={tags}']}}}}")
    shown = run("--from", "wud", str(tmp_path))
    assert shown.stdout.count("service web") == 2
    assert '"1.*"' in shown.stdout
    assert '"2.*"' in shown.stdout


def test_labels_to_paste_are_yaml_of_compose() -> None:
    compose = 'services: {web: {image: web, labels: ["wud.tag.include=^1[$$]"]}}'
    shown = run("--from", "wud", "-", stdin=compose)
    pasted = yaml.safe_load(shown.stdout.split("\n", 1)[1].split("\n\n")[0])
    assert pasted["labels"]["watch-cluster.io/allow-tags"] == "1[$$].*"


def test_json_is_for_programs() -> None:
    document = json.loads(run("--from", "keel", "-", "--output", "json", stdin=KEEL).stdout)
    [found] = document["found"]
    assert found["name"] == "shop/Deployment/web"
    assert found["annotations"]["watch-cluster.io/enabled"] == "true"


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("{{ .Values.x }}: [")
    (tmp_path / "b.yaml").write_text(KEEL)
    shown = run("--from", "keel", str(tmp_path), str(tmp_path / "none.yaml"))
    assert shown.exit_code == 1
    assert "shop/Deployment/web" in shown.stdout
    assert "a.yaml: it is no YAML" in shown.stderr
    assert "none.yaml: No such file or directory" in shown.stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((), "name files, or --cluster"),
        (("--cluster", "x.yaml"), "name files, or --cluster"),
        (("x.yaml", "--apply"), "--apply annotates workloads of a cluster"),
    ],
)
def test_rejects_contradictory_arguments(arguments: tuple[str, ...], complaint: str) -> None:
    shown = run("--from", "keel", *arguments)
    assert shown.exit_code == 2
    assert complaint in shown.stderr


def test_untrusted_unprintable_characters_become_blanks() -> None:
    shown = run("--from", "keel", "-", stdin=KEEL.replace("team", '"\\e[31mred"').replace("notify", "n\\u202etify"))
    assert "\x1b" not in shown.stdout
