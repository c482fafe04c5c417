"""Workloads are found in manifests, kustomizations and marked values, with the places of their images."""

from __future__ import annotations

import pytest

from watch_cluster.adapters.git.folder.planning import planned_edits
from watch_cluster.adapters.git.manifests.manifest_folder import ManifestFolder
from watch_cluster.adapters.git.manifests.places import CannotWrite
from watch_cluster.domain.workload.workload import ImageChange, WorkloadKey

POD = "{spec: {containers: [{name: app, image: app:1.0}]}}"
DEPLOYMENT = (
    "kind: Deployment\n"
    "metadata: {name: shop, annotations: {watch-cluster.io/enabled: 'true', other: x}}\n"
    "spec:\n  template:\n    spec:\n      containers:\n      - name: app\n        image: app:1.0\n"
)
BASE = {"base/kustomization.yaml": "resources: [shop.yaml]\n", "base/shop.yaml": DEPLOYMENT}
ENABLED = {"watch-cluster.io/enabled": "true"}


def read(files: dict[str, str]) -> ManifestFolder:
    return ManifestFolder.read(files, lambda path: files[path].encode())


def images(folder: ManifestFolder) -> dict[str, str]:
    """The image of each container, with the place where it is written."""
    return {
        f"{key} {container.name}": f"{container.place.image} {container.place.positions[0].path}"
        for key, workload in folder.workloads.items()
        for container in workload.containers
    }


SHOP = "default/Deployment/shop app"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({"a/shop.yaml": DEPLOYMENT}, {SHOP: "app:1.0 a/shop.yaml"}, id="a plain manifest"),
        pytest.param(
            {"a.yaml": f"kind: CronJob\nmetadata: {{name: c}}\nspec: {{jobTemplate: {{spec: {{template: {POD}}}}}}}"},
            {"default/CronJob/c app": "app:1.0 a.yaml"},
            id="a CronJob",
        ),
        pytest.param(
            {"a.yaml": f"kind: List\nitems:\n- {{kind: DaemonSet, metadata: {{name: d}}, spec: {{template: {POD}}}}}"},
            {"default/DaemonSet/d app": "app:1.0 a.yaml"},
            id="a list",
        ),
        pytest.param(
            BASE | {"base/kustomization.yaml": "resources: [shop.yaml]\nimages: [{name: app, newTag: '2.0'}]\n"},
            {SHOP: "app:2.0 base/kustomization.yaml"},
            id="a kustomization with a new tag",
        ),
        pytest.param(
            BASE | {"base/kustomization.yaml": "resources: [shop.yaml]\nimages: [{name: app, newName: r.example/x}]\n"},
            {SHOP: "r.example/x:1.0 base/shop.yaml"},
            id="a kustomization with a new name only",
        ),
        pytest.param(
            BASE | {"base/kustomization.yaml": "resources: [shop.yaml]\nimages: [{name: app, digest: 'sha256:aa'}]\n"},
            {SHOP: "app@sha256:aa base/kustomization.yaml"},
            id="a kustomization with a digest",
        ),
        pytest.param(
            BASE
            | {"prod/kustomization.yaml": "resources: [../base]\nnamespace: prod\nnamePrefix: a-\nnameSuffix: -b\n"},
            {"prod/Deployment/a-shop-b app": "app:1.0 base/shop.yaml"},
            id="an overlay with names of its own",
        ),
        pytest.param(
            BASE
            | {
                "dev/kustomization.yaml": "bases: [../base]\nnamespace: dev\n",
                "prod/kustomization.yaml": "resources: [../base]\nnamespace: prod\nimages:\n- {name: app, newTag: 0.9}",
            },
            {
                "dev/Deployment/shop app": "app:1.0 base/shop.yaml",
                "prod/Deployment/shop app": "app:0.9 prod/kustomization.yaml",
            },
            id="two overlays of one base",
        ),
        pytest.param(
            BASE
            | {
                "prod/kustomization.yaml": "resources: [../base]\npatches: [{path: patch.yaml}]\n",
                "prod/patch.yaml": DEPLOYMENT.replace("app:1.0", "app:1.5"),
            },
            {SHOP: "app:1.5 prod/patch.yaml"},
            id="a patch",
        ),
        pytest.param(
            BASE
            | {
                "prod/kustomization.yaml": "resources: [../base]\ncomponents: [../c]\n",
                "c/kustomization.yaml": "kind: Component\nimages: [{name: app, newTag: v9}]\n",
            },
            {SHOP: "app:v9 c/kustomization.yaml"},
            id="a component",
        ),
        pytest.param(
            {
                "release.yaml": "kind: HelmRelease\nmetadata:\n  name: shop\n  namespace: prod\n"
                "  annotations: {watch-cluster.io/enabled: 'true'}\nspec:\n  values:\n    image:\n"
                "      registry: r.example\n      repository: shop\n      tag: 1.0 # watch-cluster: tag\n"
                "    proxy: envoy:1.1 # watch-cluster: image\n"
            },
            {
                "prod/HelmRelease/shop spec.values.image": "r.example/shop:1.0 release.yaml",
                "prod/HelmRelease/shop spec.values.proxy": "envoy:1.1 release.yaml",
            },
            id="our marks in a HelmRelease",
        ),
        pytest.param(
            {
                "release.yaml": "kind: HelmRelease\n"
                "metadata: {name: shop, annotations: {watch-cluster.io/enabled: 'true'}}\n"
                "spec:\n  values:\n    image:\n"
                '      repository: r.example/shop # {"$imagepolicy": "flux-system:shop:name"}\n'
                '      tag: 1.0 # {"$imagepolicy": "flux-system:shop:tag"}\n'
                '    other: b:2 # {"$imagepolicy": "flux-system:other"}\n'
            },
            {
                "default/HelmRelease/shop shop": "r.example/shop:1.0 release.yaml",
                "default/HelmRelease/shop other": "b:2 release.yaml",
            },
            id="Flux's marks in a HelmRelease",
        ),
        pytest.param(
            {
                "values.yaml": "# watch-cluster.io/strategy: patch\n"
                "image:\n  repository: shop\n  tag: v1 # watch-cluster: tag\n"
            },
            {"default/Values/values.yaml image": "shop:v1 values.yaml"},
            id="a file of values",
        ),
        pytest.param(
            {"values.yaml": 'image:\n  name: shop\n  tag: v1 # {"$imagepolicy": "a:b:tag"}\n'},
            {"default/Values/values.yaml b": "shop:v1 values.yaml"},
            id="a file of values with Flux's marks",
        ),
        pytest.param({"a.yaml": "kind: ConfigMap\nmetadata: {name: x}\n"}, {}, id="something else"),
        pytest.param({"a.txt": DEPLOYMENT, "templates/x.yaml": "image: {{ .x }}: y"}, {}, id="templates and texts"),
    ],
)
def test_images_are_found_where_they_are_written(files: dict[str, str], expected: dict[str, str]) -> None:
    folder = read(files)
    assert images(folder) == expected
    assert folder.unreadable == []


def test_settings_come_from_annotations_overlays_and_comments() -> None:
    files = BASE | {
        "prod/kustomization.yaml": "resources: [../base]\n"
        "commonAnnotations: {watch-cluster.io/strategy: patch, x: y}\n",
        "values.yaml": "# watch-cluster.io/strategy: 'latest'\nimage: a:1 # watch-cluster: image\n",
        "theirs.yaml": 'image: a:1 # {"$imagepolicy": "a:b"}\n',
    }
    workloads = read(files).workloads
    assert workloads[WorkloadKey("default", "Deployment", "shop")].annotations == ENABLED | {
        "watch-cluster.io/strategy": "patch"
    }
    assert workloads[WorkloadKey("default", "Values", "values.yaml")].annotations == ENABLED | {
        "watch-cluster.io/strategy": "latest"
    }
    assert workloads[WorkloadKey("default", "Values", "theirs.yaml")].annotations == {}


@pytest.mark.parametrize(
    ("files", "message"),
    [
        pytest.param(
            {"a.yaml": "metadata: {watch-cluster.io/x: 'y'"}, "a.yaml: line 2: ", id="broken YAML that means us"
        ),
        pytest.param(
            {"kustomization.yaml": "resources: [../outside]\n"},
            "kustomization.yaml: ../outside is outside of the folder",
            id="a base outside",
        ),
        pytest.param(
            {"a/kustomization.yaml": "resources: [../b]\n", "b/kustomization.yaml": "resources: [../b]\n"},
            "a/kustomization.yaml: kustomizations refer to each other more than 20 times",
            id="a cycle",
        ),
        pytest.param(
            BASE | {"kustomization.yaml": "resources: [base]\npatches:\n- patch: |-\n    image: x\n    kind: y\n"},
            "kustomization.yaml: it patches images inline, where they cannot be edited: move the patch to a file",
            id="an inline patch",
        ),
        pytest.param(
            {"a.yaml": DEPLOYMENT + "        image: app:1.0\n"},
            "a.yaml: the key image stands twice in one mapping",
            id="an image that stands twice",
        ),
    ],
)
def test_an_unreadable_object_is_named_and_affects_no_other(files: dict[str, str], message: str) -> None:
    good = DEPLOYMENT.replace("name: shop", "name: good")
    folder = read(files | {"good.yaml": good})
    [line] = folder.unreadable
    assert line.startswith(message)
    assert WorkloadKey("default", "Deployment", "good") in folder.workloads


KEY = WorkloadKey("default", "Deployment", "shop")
STEP = ImageChange("app", "app:1.0", "app:1.1")


@pytest.mark.parametrize(
    ("kustomization", "after", "expected"),
    [
        pytest.param("{name: app, newTag: '1.0'}", "app:1.1", "{name: app, newTag: '1.1'}", id="a tag"),
        pytest.param(
            "{name: app, newTag: '1.0'}", "app:1.1@sha256:bb", "{name: app, newTag: '1.1@sha256:bb'}", id="pinned"
        ),
        pytest.param(
            "{name: app, newTag: '1.0', digest: 'sha256:aa'}",
            "app:1.1@sha256:bb",
            "{name: app, newTag: '1.1', digest: 'sha256:bb'}",
            id="a tag and a digest",
        ),
    ],
)
def test_a_kustomization_is_edited_where_it_renames(kustomization: str, after: str, expected: str) -> None:
    files = BASE | {"base/kustomization.yaml": f"resources: [shop.yaml]\nimages: [{kustomization}] # x\n"}
    folder = read(files)
    edits = planned_edits(folder, KEY, (ImageChange("app", "app:1.0", after),))
    assert folder.edited(edits) == {
        "base/kustomization.yaml": f"resources: [shop.yaml]\nimages: [{expected}] # x\n".encode()
    }


@pytest.mark.parametrize(
    ("files", "message"),
    [
        pytest.param(
            {"a.yaml": DEPLOYMENT, "b.yaml": DEPLOYMENT},
            "default/Deployment/shop is in several files: a.yaml, b.yaml",
            id="several manifests",
        ),
        pytest.param(
            {"a.yaml": DEPLOYMENT.replace("app:1.0", "&i app:1.0") + "      - {name: web, image: *i}\n"},
            "a.yaml:8 is also the image of container web, which is not updated",
            id="another container by an alias",
        ),
        pytest.param(
            BASE
            | {
                "dev/kustomization.yaml": "resources: [../base]\nnamespace: dev\n",
                "prod/kustomization.yaml": "resources: [../base]\n"
                "commonAnnotations: {watch-cluster.io/strategy: patch}\n",
            },
            "base/shop.yaml:8 is also the image of dev/Deployment/shop: give both the same settings",
            id="another overlay with other settings",
        ),
    ],
)
def test_an_edit_that_would_update_somebody_else_is_refused(files: dict[str, str], message: str) -> None:
    with pytest.raises(CannotWrite) as error:
        planned_edits(read(files), KEY, (STEP,))
    assert str(error.value) == message


def test_a_digest_without_a_place_is_refused() -> None:
    files = BASE | {"base/kustomization.yaml": "resources: [shop.yaml]\nimages: [{name: app, digest: 'sha256:aa'}]\n"}
    with pytest.raises(CannotWrite, match=r"there is no value for 1\.1 beside base/kustomization\.yaml:2: add the key"):
        planned_edits(read(files), KEY, (ImageChange("app", "app@sha256:aa", "app:1.1@sha256:bb"),))
