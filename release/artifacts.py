"""The files of a release: `python -m release.artifacts COMMAND`.

`version TAG` checks that the tag, the package and the chart have the same version. `install IMAGE` prints manifests
with that image. `chart IMAGE FOLDER` copies the chart with that image, for `helm package`. `notes VERSION` prints the
section of the changelog. `base IMAGE` prints the image again. IMAGE is NAME:TAG@sha256:…; anything else is refused.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

ROOT: Final = Path(__file__).parents[1]
CHART: Final = ROOT / "charts" / "watch-cluster"
MANIFESTS: Final = ("namespace.yaml", "rbac.yaml", "configmap.yaml", "deployment.yaml")
_IMAGE: Final = re.compile(r"(?P<name>[^\s@]+):(?P<tag>[\w.-]+)@(?P<digest>sha256:[0-9a-f]{64})")


class CannotRelease(Exception):  # noqa: N818 - the name says what is wrong
    """Something does not fit; one line."""


@dataclass(frozen=True, slots=True)
class Image:
    """An image by its digest."""

    name: str
    tag: str
    digest: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read NAME:TAG@sha256:…. Raises `CannotRelease`."""
        match = _IMAGE.fullmatch(text)
        if match is None:
            raise CannotRelease(f"{text!r} is no image by its digest: write NAME:TAG@sha256:…")
        return cls(match["name"], match["tag"], match["digest"])

    def __str__(self) -> str:
        return f"{self.name}:{self.tag}@{self.digest}"


def checked_version(tag: str) -> str:
    """Return the version that the tag `v…` names. Raises `CannotRelease` if something has another version."""
    version = tag.removeprefix("v")
    package = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    chart = dict(re.findall(r"^(version|appVersion): (\S+)$", (CHART / "Chart.yaml").read_text(), re.MULTILINE))
    found = {"pyproject.toml": package, **{f"{key} in Chart.yaml": value for key, value in chart.items()}}
    wrong = [f"{place} is {value}" for place, value in found.items() if value != version]
    if wrong:
        raise CannotRelease(f"the tag is {tag}, but {', '.join(wrong)}")
    notes_of(version)
    return version


def notes_of(version: str) -> str:
    """The section of the changelog. Raises `CannotRelease` if there is none."""
    heading = rf"^## \[{re.escape(version)}\][^\n]*\n(.*?)(?=^## |\Z)"
    match = re.search(heading, (ROOT / "CHANGELOG.md").read_text(), re.DOTALL | re.MULTILINE)
    if match is None:
        raise CannotRelease(f"CHANGELOG.md has no section for {version}")
    return match[1].strip()


def install_manifests(image: Image) -> str:
    """All manifests that running needs, with that image."""
    documents = [(ROOT / "k8s" / name).read_text().strip() for name in MANIFESTS]
    joined = "\n---\n".join(documents)
    written, count = re.subn(r"^( +image:) .*$", rf"\1 {image}", joined, flags=re.MULTILINE)
    if count != 1:
        raise CannotRelease(f"k8s/deployment.yaml names {count} images instead of one")
    return re.sub(r"^ *# Not published:.*\n", "", written, flags=re.MULTILINE) + "\n"


def chart_with(image: Image, folder: Path) -> Path:
    """Copy the chart into the folder, with that image as its default."""
    target = folder / CHART.name
    shutil.copytree(CHART, target)
    values = target / "values.yaml"
    text = values.read_text()
    for key, value in (("repository", image.name), ("tag", image.tag), ("digest", image.digest)):
        text, count = re.subn(rf"^(  {key}:) .*$", rf"\1 {value}", text, count=1, flags=re.MULTILINE)
        if count != 1:
            raise CannotRelease(f"values.yaml has no image.{key}")
    values.write_text(re.sub(r"^  # Nobody publishes.*\n", "", text, flags=re.MULTILINE))
    return target


def main(arguments: list[str]) -> None:
    """Run one command."""
    parser = argparse.ArgumentParser(prog="release.artifacts")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("version").add_argument("tag")
    commands.add_parser("notes").add_argument("version")
    commands.add_parser("install").add_argument("image")
    commands.add_parser("base").add_argument("image")
    chart = commands.add_parser("chart")
    chart.add_argument("image")
    chart.add_argument("folder", type=Path)
    given = parser.parse_args(arguments)
    match given.command:
        case "version":
            shown = checked_version(given.tag)
        case "notes":
            shown = notes_of(given.version)
        case "base":
            shown = str(Image.parse(given.image))
        case "install":
            shown = install_manifests(Image.parse(given.image))
        case _:
            shown = str(chart_with(Image.parse(given.image), given.folder))
    sys.stdout.write(f"{shown.rstrip()}\n")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except CannotRelease as error:
        sys.exit(str(error))
