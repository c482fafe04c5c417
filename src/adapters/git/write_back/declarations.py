"""The repositories that the operator declares: which may be written to, how, and by whom."""

from __future__ import annotations

import re
from email.utils import parseaddr
from functools import cached_property
from pathlib import Path
from typing import Annotated, Final, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from watch_cluster.adapters.git.forge.choice import FORGES
from watch_cluster.adapters.git.forge.forge import ForgeError
from watch_cluster.domain.policy.values.write_back import checked_folder
from watch_cluster.domain.printable import printable

MAX_BYTES: Final = 2**20
ANY: Final = "*"
_URL: Final = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+/[A-Za-z0-9._~/*-]+")


class InvalidDeclarations(ValueError):  # noqa: N818 - the name says what is wrong
    """The file is not as documented; one line for each error."""


def _url(text: str) -> str:
    if not _URL.fullmatch(text):
        raise ValueError("write https://HOST/PATH, where * stands for a part of the path, and no user or password")
    return text


def _author(text: str) -> str:
    name, address = parseaddr(text)
    if not name or "@" not in address or not text.isprintable():
        raise ValueError("write NAME <ADDRESS>")
    return text


class _Strict(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=lambda name: name.replace("_", "-"), populate_by_name=True
    )


class Folder(_Strict):
    """A folder of the repository, and the namespaces whose workloads may write there; `*` for all."""

    path: Annotated[str, AfterValidator(checked_folder)]
    namespaces: tuple[str, ...] = Field(min_length=1)

    def allows(self, path: str, namespace: str) -> bool:
        """Whether a workload of that namespace may write to the path."""
        inside = not self.path or path == self.path or path.startswith(f"{self.path}/")
        return inside and (ANY in self.namespaces or namespace in self.namespaces)


class Declaration(_Strict):
    """A repository, or several whose URLs have the same form.

    `token_file` holds the password of `username`, and the token for the forge's API.
    """

    url: Annotated[str, AfterValidator(_url)]
    folders: tuple[Folder, ...] = Field(min_length=1)
    branch: str = Field("main", pattern=r"^[A-Za-z0-9_][A-Za-z0-9_./-]*$")
    mode: Literal["commit", "pull-request"] = "commit"
    author: Annotated[str, AfterValidator(_author)] = "Watch-Cluster <watch-cluster@localhost>"
    username: str = "git"
    token_file: Path | None = None
    forge: str | None = None
    forge_api: str | None = None

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        parts = (re.escape(part) for part in self.url.split(ANY))
        return re.compile("[A-Za-z0-9._~-]+".join(parts))

    def matches(self, url: str) -> bool:
        """Whether it declares the repository with this URL."""
        return self._pattern.fullmatch(url) is not None

    def allows(self, path: str, namespace: str) -> bool:
        """Whether a workload of that namespace may write to the path."""
        return any(folder.allows(path, namespace) for folder in self.folders)

    def token(self) -> str | None:
        """Read the token, which may be renewed at any time; None without a file. Raises `OSError`."""
        return None if self.token_file is None else self.token_file.read_text(encoding="utf-8").strip()


class _Document(_Strict):
    repositories: tuple[Declaration, ...] = Field(min_length=1)


def read_declarations(file: Path) -> tuple[Declaration, ...]:
    """Read and check the file. Raises `InvalidDeclarations`."""
    try:
        with file.open("rb") as opened:
            source = opened.read(MAX_BYTES + 1)
        if len(source) > MAX_BYTES:
            raise InvalidDeclarations(f"{file} has more than {MAX_BYTES} bytes")
        declared = _Document.model_validate(yaml.safe_load(source)).repositories
    except OSError as error:
        raise InvalidDeclarations(f"{file} cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidDeclarations(f"{file} is no YAML: {printable(str(error))[:200]}") from None
    except ValidationError as error:
        raise InvalidDeclarations("; ".join(_faults(file, error))) from None
    for each in declared:
        if each.mode == "pull-request" and each.token_file is None:
            raise InvalidDeclarations(f"{file}: {each.url}: token-file is needed to open pull requests")
        if each.forge is not None and each.forge not in FORGES:
            raise InvalidDeclarations(str(ForgeError(f"{file}: {each.url}: forge is one of {', '.join(FORGES)}")))
    return declared


def _faults(file: Path, error: ValidationError) -> list[str]:
    faults = []
    for fault in error.errors(include_url=False, include_input=False):
        where = ".".join(str(part) for part in fault["loc"])
        faults.append(f"{file}: {printable(where)}: {fault['msg'].removeprefix('Value error, ')}")
    return faults
