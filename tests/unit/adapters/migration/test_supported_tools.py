"""Configurations of other tools as people write them, and what they become."""

from __future__ import annotations

import json

import pytest

from watch_cluster.adapters.migration.documents import Documents, UnreadableDocument
from watch_cluster.adapters.migration.rules import Advice, Place
from watch_cluster.adapters.migration.supported_tools import TOOLS
from watch_cluster.adapters.re2.tag_patterns import compile_tag_pattern
from watch_cluster.domain.workload import annotation


def migrated(tool: str, text: str) -> dict[str, Advice]:
    found = TOOLS[tool].advise(Documents.parse(text), compile_tag_pattern)
    return {each.subject.name: each for each in found}


def settings(advice: Advice) -> dict[str, str]:
    return {key.replace(f"{annotation.DOMAIN}/", ""): value for key, value in advice.annotations.items()}


def deployment(name: str, *images: str, annotations: str = "{}", labels: str = "{}") -> str:
    containers = ", ".join(f"{{name: c{number}, image: '{image}'}}" for number, image in enumerate(images))
    return f"""---
kind: Deployment
metadata: {{name: {name}, namespace: shop, annotations: {annotations}, labels: {labels}}}
spec: {{template: {{spec: {{containers: [{containers}]}}}}}}
"""


def test_keel_is_read_from_annotations_and_labels() -> None:
    text = deployment("web", "web:1.0", annotations="{keel.sh/policy: minor, keel.sh/trigger: poll}")
    text += deployment("api", "api:1.0", "proxy:1", labels="{keel.sh/policy: patch}")
    found = migrated("keel", text)
    assert settings(found["shop/Deployment/web"]) == {"enabled": "true", "strategy": "version-lock-major"}
    assert settings(found["shop/Deployment/api"]) == {
        "enabled": "true",
        "strategy": "version-lock-minor",
        "containers": "*",
    }


def test_a_policy_that_keel_does_not_have_enables_nothing() -> None:
    [advice] = migrated("keel", deployment("web", "web:1", annotations="{keel.sh/policy: newest}")).values()
    assert settings(advice) == {}
    assert advice.notes == ("keel.sh/policy: 'newest' is not a policy that Keel documents",)


def test_names_an_unknown_setting() -> None:
    [advice] = migrated("keel", deployment("web", "web:1", annotations="{keel.sh/polcy: all}")).values()
    assert advice.notes == ("keel.sh/polcy: there is no such setting",)


def test_a_value_that_we_cannot_read_is_named_and_left_out() -> None:
    broken = "{keel.sh/policy: 'regexp:(', keel.sh/pollSchedule: '@every 7m'}"
    [advice] = migrated("keel", deployment("web", "web:1", annotations=broken)).values()
    assert "allow-tags" not in settings(advice)
    assert [note.partition(":")[0] for note in advice.notes] == [
        "keel.sh/policy",
        "keel.sh/pollSchedule",
        "allow-tags",
    ]


ARGO = """
kind: Application
metadata:
  name: shop
  annotations:
    argocd-image-updater.argoproj.io/image-list: web=registry.example/web:~1.26, cache=redis:6.x
    argocd-image-updater.argoproj.io/web.allow-tags: regexp:^v?[0-9.]+$
    argocd-image-updater.argoproj.io/cache.update-strategy: digest
"""


def test_images_of_argo_cd_are_found_on_the_containers_that_run_them() -> None:
    workload = deployment("web", "envoy:1", "registry.example/web:1.26.1")
    found = migrated("argocd-image-updater", ARGO + workload)
    assert settings(found["shop/Deployment/web"]) == {
        "enabled": "true",
        "c1.strategy": "version",
        "c1.constraint": "~1.26",
        "c1.allow-tags": "v?[0-9.]+",
        "containers": "c1",
    }
    elsewhere = found["the workloads with image redis (application shop)"]
    assert elsewhere.subject.place is Place.UNKNOWN
    assert settings(elsewhere) == {"enabled": "true", "strategy": "latest"}


def test_two_images_of_one_workload_are_put_together() -> None:
    workload = deployment("web", "registry.example/web:1.26.1", "redis:6.2")
    [advice] = migrated("argocd-image-updater", ARGO + workload).values()
    assert settings(advice)["containers"] == "c0,c1"
    assert settings(advice)["c1.strategy"] == "latest"


def test_objects_of_argo_cd_inherit_from_above() -> None:
    text = """
kind: ImageUpdater
spec:
  commonUpdateSettings: {updateStrategy: alphabetical, ignoreTags: [latest, dev-*]}
  applicationRefs:
    - namePattern: shop
      images:
        - {alias: web, imageName: web}
        - {alias: api, imageName: "api:2.x-0", commonUpdateSettings: {updateStrategy: semver}}
"""
    found = migrated("argocd-image-updater", text + deployment("web", "web:1") + deployment("api", "api:2"))
    assert settings(found["shop/Deployment/web"])["ignore-tags"] == r"latest|dev\-.*"
    assert settings(found["shop/Deployment/api"])["constraint"] == "2.x"
    assert settings(found["shop/Deployment/api"])["prerelease"] == "true"


def flux_policy(name: str, rules: str) -> str:
    return f"""---
kind: ImagePolicy
metadata: {{name: {name}, namespace: flux-system}}
spec: {{imageRepositoryRef: {{name: web}}, {rules}}}
"""


def marked_deployment(name: str, tag: str, policy: str) -> str:
    return f"""---
kind: Deployment
metadata: {{name: {name}, namespace: shop}}
spec:
  template:
    spec:
      containers:
        - name: web
          image: registry.example/web:{tag} # {{"$imagepolicy": "flux-system:{policy}"}}
"""


REPOSITORY = """
kind: ImageRepository
metadata: {name: web, namespace: flux-system}
spec: {image: registry.example/web, interval: 10m}
"""


def test_a_policy_of_flux_is_for_the_images_that_comments_mark() -> None:
    policies = flux_policy("stable", "policy: {semver: {range: 5.1.x}}") + flux_policy(
        "main",
        "filterTags: {pattern: '^main-[a-f0-9]+-(?P<ts>[0-9]+)', extract: $ts}, policy: {numerical: {order: asc}}",
    )
    marked = marked_deployment("web", "5.1.0", "stable") + marked_deployment("edge", "main-ab-1", "main")
    found = migrated("flux", REPOSITORY + policies + marked)
    assert settings(found["shop/Deployment/web"]) == {
        "enabled": "true",
        "strategy": "version",
        "constraint": "5.1.x",
        "cron": "0 */10 * * * ?",
    }
    assert settings(found["shop/Deployment/edge"])["tag-pattern"] == "^main-[a-f0-9]+-(?P<version>[0-9]+)"


def test_without_comments_a_policy_of_flux_is_for_the_repository() -> None:
    text = REPOSITORY + flux_policy("stable", "policy: {alphabetical: {order: desc}}")
    [advice] = migrated("flux", text + deployment("web", "registry.example/web:1")).values()
    assert advice.subject.name == "shop/Deployment/web"
    assert any("never goes to a lower version" in note for note in advice.notes)


def test_a_container_that_several_policies_of_flux_match_gets_a_note_and_no_settings() -> None:
    policies = flux_policy("prod", "policy: {semver: {range: 5.0.x}}")
    policies += flux_policy("staging", "policy: {semver: {range: '>=5.0.0-0'}}")
    found = migrated("flux", REPOSITORY + policies + deployment("web", "registry.example/web:5.0.1", "proxy:1"))
    undecided = found.pop("shop/Deployment/web")
    assert settings(undecided) == {}
    policies_named = "(ImagePolicy flux-system/prod, ImagePolicy flux-system/staging)"
    [note] = undecided.notes
    assert note == f"container c0: several policies match it {policies_named}: set what one of them becomes"
    assert {name: settings(each)["constraint"] for name, each in found.items()} == {
        "the workloads with image registry.example/web (ImagePolicy flux-system/prod)": "5.0.x",
        "the workloads with image registry.example/web (ImagePolicy flux-system/staging)": ">=5.0.0",
    }


def test_policies_that_say_the_same_do_not_contradict() -> None:
    policies = "".join(flux_policy(name, "policy: {semver: {range: 5.0.x}}") for name in ("prod", "staging"))
    found = migrated("flux", REPOSITORY + policies + deployment("web", "registry.example/web:5.0.1"))
    assert {name: settings(each)["constraint"] for name, each in found.items()} == {"shop/Deployment/web": "5.0.x"}


def test_a_policy_without_comments_leaves_containers_alone_that_another_one_marks() -> None:
    policies = flux_policy("stable", "policy: {semver: {range: 5.0.x}}")
    policies += flux_policy("main", "filterTags: {pattern: '^main-(?P<ts>[0-9]+)', extract: $ts}")
    found = migrated("flux", REPOSITORY + policies + marked_deployment("web", "5.0.1", "stable"))
    assert "tag-pattern" not in settings(found["shop/Deployment/web"])
    assert found["shop/Deployment/web"].annotations.items() >= {f"{annotation.DOMAIN}/constraint": "5.0.x"}.items()


def test_scans_of_fleet_that_contradict_set_nothing() -> None:
    text = """
imageScans:
  - {image: registry.example/web, tagName: prod, policy: {semver: {range: 1.0.x}}}
  - {image: registry.example/web, tagName: staging, policy: {semver: {range: 1.x}}}
"""
    found = migrated("fleet", text + deployment("web", "registry.example/web:1.0.0"))
    assert settings(found["shop/Deployment/web"]) == {}
    assert "(image scan prod, image scan staging)" in found["shop/Deployment/web"].notes[0]


def test_scans_of_fleet_are_read_from_its_file() -> None:
    text = """
imageScans:
  - {image: registry.example/web, tagName: web, interval: 1h0m0s, policy: {semver: {range: ">=1.0.0"}}}
"""
    [advice] = migrated("fleet", text + deployment("web", "registry.example/web:1.0.0")).values()
    assert settings(advice) == {
        "enabled": "true",
        "strategy": "version",
        "constraint": ">=1.0.0",
        "cron": "0 0 * * * ?",
    }


TRIGGER = (
    """'[{"from":{"kind":"ImageStreamTag","name":"web:latest"},"""
    """"fieldPath":"spec.template.spec.containers[?(@.name==\\"c1\\")].image"}]'"""
)


def test_a_trigger_of_openshift_names_the_image_to_write() -> None:
    workload = deployment("web", "proxy:1", "web@sha256:1", annotations=f"{{image.openshift.io/triggers: {TRIGGER}}}")
    [advice] = migrated("openshift", workload).values()
    assert settings(advice) == {"enabled": "true", "c1.strategy": "latest", "containers": "c1"}
    assert "svc:5000/shop/web:latest" in advice.notes[0]


def test_a_stream_of_openshift_that_imports_stands_for_what_it_imports() -> None:
    stream = """---
kind: ImageStream
metadata: {name: web, namespace: shop}
spec: {tags: [{name: latest, from: {kind: DockerImage, name: "quay.io/shop/web:stable"}}]}
"""
    workload = deployment("web", "p:1", "web@sha256:1", annotations=f"{{image.openshift.io/triggers: {TRIGGER}}}")
    [advice] = migrated("openshift", workload + stream).values()
    assert "quay.io/shop/web:stable" in advice.notes[0]


def test_labels_and_variables_of_watchtower_are_read_from_compose() -> None:
    text = """
services:
  web: {image: web, labels: ["com.centurylinklabs.watchtower.enable=true"]}
  db: {image: db, labels: {com.centurylinklabs.watchtower.enable: false}}
  watchtower: {image: containrrr/watchtower, environment: [WATCHTOWER_POLL_INTERVAL=300, WATCHTOWER_CLEANUP=true]}
"""
    found = migrated("watchtower", text)
    assert settings(found["service web"]) == {"enabled": "true", "strategy": "latest"}
    assert settings(found["service db"]) == {"enabled": "false"}
    assert found["the tool itself (service watchtower)"].variables == {
        "DEFAULT_CRON": "0 */5 * * * ?",
        "CLEANUP_IMAGES": "true",
    }


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [
        pytest.param("--interval 30 --label-enable", {"DEFAULT_CRON": "*/30 * * * * ?"}, id="line"),
        pytest.param('[--schedule, "0 0 4 * * *", --cleanup]', {"DEFAULT_CRON": "0 0 4 * * ?"}, id="list"),
        pytest.param("--interval=300 -e", {"DEFAULT_CRON": "0 */5 * * * ?"}, id="equals"),
        pytest.param("-i 300 -m", {"DEFAULT_CRON": "0 */5 * * * ?", "DEFAULT_MODE": "notify"}, id="short"),
        pytest.param("--monitor-only web", {"DEFAULT_MODE": "notify"}, id="flag before a name"),
    ],
)
def test_arguments_of_watchtower_are_read_like_its_variables(arguments: str, variables: dict[str, str]) -> None:
    text = f"services: {{tower: {{image: containrrr/watchtower, command: {arguments}}}}}"
    [advice] = migrated("watchtower", text).values()
    assert advice.variables.items() >= variables.items()
    assert ("CLEANUP_IMAGES" in advice.variables) == ("--cleanup" in arguments)


@pytest.mark.parametrize(
    ("arguments", "notes"),
    [
        pytest.param("--label-enable", (), id="labels"),
        pytest.param("", ("containers without a label are not updated: label each",), id="all"),
        pytest.param("-e web db", ("Watchtower updates web, db alone: label no others",), id="names"),
        pytest.param("-e --no-such 'x", ("Watchtower updates 'x alone: label no others", "no equal"), id="open quote"),
    ],
)
def test_what_the_arguments_of_watchtower_leave_to_people_is_noted(arguments: str, notes: tuple[str, ...]) -> None:
    inspected = {"Name": "/tower", "Config": {"Image": "ghcr.io/a/watchtower:1", "Cmd": arguments}}
    [advice] = migrated("watchtower", json.dumps([inspected])).values()
    assert sorted(note.partition(": ")[2] for note in advice.notes) == sorted(notes)


def test_containers_are_read_as_docker_inspect_prints_them() -> None:
    text = """[{"Name": "/web", "Config": {"Image": "web:1.0",
        "Labels": {"wud.watch": "true", "wud.tag.include": "^1\\\\.\\\\d+$"}, "Env": ["PATH=/bin"]}}]"""
    [advice] = migrated("wud", text).values()
    assert advice.subject.place is Place.SERVICE
    assert settings(advice) == {"enabled": "true", "mode": "notify", "strategy": "version", "allow-tags": r"1\.\d+"}


def test_the_dollar_of_compose_is_one_dollar() -> None:
    [advice] = migrated("wud", "services: {web: {image: web, labels: ['wud.tag.include=^1$$']}}").values()
    assert settings(advice)["allow-tags"] == "1"


def test_annotations_of_pods_are_read_for_diun() -> None:
    text = """
kind: CronJob
metadata: {name: nightly, namespace: shop}
spec: {jobTemplate: {spec: {template: {
  metadata: {annotations: {diun.enable: "true", diun.watch_repo: "true", diun.include_tags: "^1;^2"}},
  spec: {containers: [{name: job, image: "job:1"}]}}}}}
"""
    [advice] = migrated("diun", text).values()
    assert settings(advice) == {
        "enabled": "true",
        "mode": "notify",
        "strategy": "version",
        "allow-tags": "(?:1.*)|(?:2.*)",
    }


def test_a_list_of_kubectl_is_read_object_by_object() -> None:
    text = """
kind: List
items:
  - {kind: Deployment, metadata: {name: a, annotations: {keel.sh/policy: all}}, spec: null}
  - {kind: Deployment, metadata: nonsense}
  - 7
"""
    assert migrated("keel", text).keys() == {"Deployment/a"}


@pytest.mark.parametrize("text", ["a: [", "{{ .Values.image }}: {{ x }}", "\tx: 1", "k: !!python/object:os.system x"])
def test_reports_invalid_yaml_in_one_line(text: str) -> None:
    with pytest.raises(UnreadableDocument, match=r"^it is no YAML[^\n]*$"):
        Documents.parse(text)


@pytest.mark.parametrize("name", sorted(TOOLS))
def test_nothing_is_found_in_what_is_not_the_tools(name: str) -> None:
    assert migrated(name, deployment("web", "web:1") + "---\n- 1\n- x: y\n---\nnull\n") == {}
