"""`watch-cluster migrate`: the settings of another tool, in the settings of Watch-Cluster."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from watch_cluster.entrypoints.cli.app import NamespaceOption, Output, app, fail, output_width
from watch_cluster.entrypoints.cli.cluster_options import cluster_options, with_cluster_options

if TYPE_CHECKING:
    from watch_cluster.adapters.migration.documents import Documents

_STANDARD_INPUT = Path("-")


class FromTool(StrEnum):
    """The tools whose settings can be read."""

    KEEL = "keel"
    ARGOCD_IMAGE_UPDATER = "argocd-image-updater"
    FLUX = "flux"
    WATCHTOWER = "watchtower"
    WUD = "wud"
    DIUN = "diun"
    FLEET = "fleet"
    OPENSHIFT = "openshift"


@app.command()
@with_cluster_options
def migrate(
    tool: Annotated[FromTool, typer.Option("--from", help="The tool that you come from.")],
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE]...", help="Manifests, Compose files, folders, or -.")
    ] = None,
    cluster: Annotated[bool, typer.Option("--cluster", help="Read the cluster instead of files.")] = False,
    apply: Annotated[bool, typer.Option("--apply", help="With --cluster: annotate the workloads.")] = False,
    namespace: NamespaceOption = None,
    output: Annotated[Output, typer.Option("--output", "-o", help="Print text or JSON.")] = Output.TABLE,
) -> None:
    """Show what to set in place of another tool's settings. Changes nothing without --apply."""
    from watch_cluster.adapters.kubernetes.client.api import NoApiServer
    from watch_cluster.adapters.migration.supported_tools import TOOLS
    from watch_cluster.adapters.re2.tag_patterns import compile_tag_pattern
    from watch_cluster.application.ports.orchestrator.workload_reader import OrchestratorError
    from watch_cluster.entrypoints.migration_run import ClusterMigration, annotate
    from watch_cluster.entrypoints.output.migration import print_json, print_text

    if bool(files) == cluster:
        fail("name files, or --cluster to read the cluster", status=2)
    if apply and not cluster:
        fail("--apply annotates workloads of a cluster: give --cluster, or edit the files yourself", status=2)
    chosen = TOOLS[tool.value]
    faults: list[str] = []
    migration = None
    try:
        if cluster:
            options = cluster_options()
            migration = ClusterMigration.connect(options.kubeconfig, options.context, namespace)
            documents = migration.read(chosen)
        else:
            documents = _read(files or [], faults)
        advices = chosen.advise(documents, compile_tag_pattern)
        if output is Output.JSON:
            print_json(tool.value, advices)
        else:
            print_text(chosen, advices, output_width())
        if apply and migration is not None:
            faults += annotate(migration, documents, advices)
    except (NoApiServer, OrchestratorError) as error:
        fail(str(error))
    finally:
        if migration is not None:
            migration.close()
    if faults:
        fail("\n".join(faults))


def _read(paths: list[Path], faults: list[str]) -> Documents:
    """Read the files, and those of folders that are YAML or JSON; what cannot be read is a fault."""
    from watch_cluster.adapters.migration.documents import MAX_BYTES, Documents, UnreadableDocument

    documents, left = Documents(), MAX_BYTES
    for path in _files(paths):
        try:
            if path == _STANDARD_INPUT:
                text = sys.stdin.read(left + 1)
            else:
                with path.open(encoding="utf-8") as file:
                    text = file.read(left + 1)
            left -= len(text)
            if left < 0:
                faults.append(f"{path}: {MAX_BYTES:,} bytes are read at most, name fewer files")
                break
            documents += Documents.parse(text)
        except (UnreadableDocument, UnicodeDecodeError) as error:
            faults.append(f"{path}: {error if isinstance(error, UnreadableDocument) else 'it is not UTF-8'}")
        except OSError as error:
            faults.append(f"{path}: {error.strerror}")
    return documents


def _files(paths: list[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(each for each in path.rglob("*") if each.suffix in {".yaml", ".yml", ".json"})
        else:
            found.append(path)
    return found
