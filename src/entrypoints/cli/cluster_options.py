"""The options of every command that talks to a cluster: which kubeconfig, and which context in it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Annotated, Final

import typer

_KUBECONFIG: Final = Annotated[
    str | None, typer.Option("--kubeconfig", metavar="FILE", help="The kubeconfig to use.", show_default=False)
]
_CONTEXT: Final = Annotated[
    str | None, typer.Option("--context", metavar="NAME", help="The context in the kubeconfig.", show_default=False)
]


@dataclass(frozen=True, slots=True)
class ClusterOptions:
    """What the command line says of the cluster; None for what it does not say."""

    kubeconfig: str | None = None
    context: str | None = None


_DEFAULT: Final = ClusterOptions()
_CHOSEN: Final = ContextVar("cluster_options", default=_DEFAULT)


def cluster_options() -> ClusterOptions:
    """Return the options of the command that runs."""
    return _CHOSEN.get()


def with_cluster_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add `--kubeconfig` and `--context` to a command."""

    @functools.wraps(command)
    def wrapped(*, kubeconfig: str | None = None, context: str | None = None, **arguments: object) -> None:
        token = _CHOSEN.set(ClusterOptions(kubeconfig, context))
        try:
            command(**arguments)
        finally:
            _CHOSEN.reset(token)

    own = inspect.signature(command, eval_str=True)
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=option)
        for name, option in (("kubeconfig", _KUBECONFIG), ("context", _CONTEXT))
    ]
    wrapped.__signature__ = own.replace(parameters=[*own.parameters.values(), *added])  # type: ignore[attr-defined]
    wrapped.__annotations__ = {each.name: each.annotation for each in [*own.parameters.values(), *added]}
    return wrapped
