"""`watch-cluster migrate --cluster` on a real API server."""

from __future__ import annotations

from tests.e2e.conftest import Team

POLICY = "keel.sh/policy=minor"


def test_workloads_of_keel_are_annotated_once_and_only_with_apply(team: Team) -> None:
    team.kubectl("create", "deployment", "web", f"--image={team.image('1.0.0')}")
    team.kubectl("create", "deployment", "other", f"--image={team.image('1.0.0')}")
    team.kubectl("annotate", "deployment", "web", POLICY)
    person = {"KUBECONFIG": str(team.cluster.admin_kubeconfig)}
    ask = ("migrate", "--from", "keel", "--cluster", "--namespace", team.namespace)

    shown = team.run(*ask, **person)
    untouched = team.annotations("web")
    applied = team.run(*ask, "--apply", **person)
    again = team.run(*ask, "--apply", **person)

    assert "watch-cluster.io/strategy=version-lock-major" in shown.stdout
    assert untouched == {}
    assert f"annotated {team.namespace}/Deployment/web" in applied.stdout
    assert team.annotations("web") == {"enabled": "true", "strategy": "version-lock-major"}
    assert team.annotations("other") == {}
    assert again.returncode == 1
    assert "it has watch-cluster.io/enabled already" in again.stderr


def test_a_tool_that_is_not_installed_is_no_error(team: Team) -> None:
    person = {"KUBECONFIG": str(team.cluster.admin_kubeconfig)}
    shown = team.run("migrate", "--from", "flux", "--cluster", "--namespace", team.namespace, **person)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.startswith("Nothing of Flux was found.")
