"""Every decoded structure, filled from its own fields with whatever the API server, a registry or a file may hold."""

from __future__ import annotations

import importlib
import json
import pkgutil
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Final

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import inspect

import watch_cluster
from tests.fuzz.test_api_objects import UNREADABLE, _use
from watch_cluster.adapters.kubernetes.resources.namespaces import Namespaces
from watch_cluster.adapters.kubernetes.resources.nodes import Nodes
from watch_cluster.adapters.kubernetes.resources.pods.pod_objects import PodObject
from watch_cluster.adapters.kubernetes.resources.pods.pods import Pods
from watch_cluster.adapters.kubernetes.resources.workloads.kinds import KINDS, Kind

STRANGE: Final = ("", "\x00", "\x1b[2J", "\u202e", "\U0010ffff", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00")
"""Text that the API server takes where it takes text at all; it replaces lone surrogates."""
TEXT: Final = st.text(max_size=40) | st.sampled_from((*STRANGE, "a" * 300))
NUMBERS: Final = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
JSON: Final = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)


def structs() -> list[type[msgspec.Struct]]:
    """Every structure of the package, also those of modules to come."""
    for module in pkgutil.walk_packages(watch_cluster.__path__, "watch_cluster."):
        if ".adapters." in module.name:
            importlib.import_module(module.name)
    return sorted(_below(msgspec.Struct), key=lambda each: f"{each.__module__}.{each.__qualname__}")


def _below(base: type[Any]) -> Iterator[type[msgspec.Struct]]:
    for each in base.__subclasses__():
        if each.__module__.startswith("watch_cluster."):
            yield each
        yield from _below(each)


SCALARS: Final[dict[type[inspect.Type], st.SearchStrategy[Any]]] = {
    inspect.NoneType: st.none(),
    inspect.BoolType: st.booleans(),
    inspect.FloatType: st.floats(allow_nan=False, allow_infinity=False),
    inspect.StrType: TEXT,
    inspect.BytesType: st.binary(max_size=30).map(lambda content: b64encode(content).decode()),
    inspect.RawType: JSON,
    inspect.AnyType: JSON,
    inspect.CustomType: JSON,  # a field that may be any object
}


def values(kind: inspect.Type) -> st.SearchStrategy[Any]:
    """JSON values of that type. Fails for a type that no field has had so far."""
    match kind:
        case inspect.StructType():
            return documents(kind)
        case inspect.UnionType():
            return st.one_of(*(values(each) for each in kind.types))
        case inspect.ListType() | inspect.VarTupleType():
            return st.lists(values(kind.item_type), max_size=3)
        case inspect.DictType():
            return st.dictionaries(TEXT, values(kind.value_type), max_size=3)
        case inspect.IntType():
            # A structure states a limit where the API server has it: an int32.
            least, most = -(2**63) if kind.ge is None else kind.ge, 2**63 - 1 if kind.le is None else kind.le
            return st.integers(least, most)
    return SCALARS[type(kind)]


def documents(kind: inspect.StructType) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with the fields of the structure, those with a default at times, and a field that it does not know."""
    required = {each.encode_name: values(each.type) for each in kind.fields if each.required}
    optional = {each.encode_name: values(each.type) for each in kind.fields if not each.required}
    return st.fixed_dictionaries(required, optional=optional | {"fieldOfTomorrow": JSON})


def of(struct: type[msgspec.Struct]) -> st.SearchStrategy[dict[str, Any]]:
    kind = inspect.type_info(struct)
    assert isinstance(kind, inspect.StructType)
    return documents(kind)


BRIEFLY: Final = settings(max_examples=15, suppress_health_check=list(HealthCheck), deadline=None)


@pytest.mark.parametrize("struct", structs(), ids=lambda each: f"{each.__module__.rpartition('.')[2]}.{each.__name__}")
def test_a_struct_accepts_any_value_of_its_fields(struct: type[msgspec.Struct]) -> None:
    @BRIEFLY
    @given(of(struct))
    def check(document: dict[str, Any]) -> None:
        # What registries and Leases say is limited to what makes sense already while it is decoded.
        allowed = (msgspec.ValidationError,) if any(each in struct.__module__ for each in (".oci.", ".lease.")) else ()
        with suppress(*allowed):
            msgspec.json.decode(json.dumps(document).encode(), type=struct)

    check()


@pytest.mark.parametrize("kind", KINDS, ids=lambda each: each.name)
def test_a_workload_with_any_values_is_read_or_unreadable(kind: Kind) -> None:
    @BRIEFLY
    @given(of(kind.object_type))
    def check(document: dict[str, Any]) -> None:
        document["metadata"] |= {"annotations": {"watch-cluster.io/enabled": "true"}}
        with suppress(*UNREADABLE):
            _, _, watched = kind.read(json.dumps(document).encode())
            if watched is not None:
                _use(watched.workload)

    check()


@pytest.mark.parametrize("phase", ["Running", "Succeeded"])
def test_a_pod_with_any_values_is_read_or_unreadable(phase: str) -> None:
    owner = {"kind": "ReplicaSet", "name": "shop-5d4", "controller": True}

    @BRIEFLY
    @given(of(PodObject))
    def check(document: dict[str, Any]) -> None:
        document["metadata"] |= {"ownerReferences": [owner], "labels": {"pod-template-hash": "5d4"}}
        document["metadata"].pop("deletionTimestamp", None)
        document.setdefault("status", {})["phase"] = phase
        with suppress(*UNREADABLE):
            _, _, pod = Pods().read(json.dumps(document).encode())
            if pod is not None:
                pod.replica_in("5d4")

    check()


@pytest.mark.parametrize(
    "read", [pytest.param(Nodes().read, id="node"), pytest.param(Namespaces().read, id="namespace")]
)
def test_any_json_is_read_or_unreadable(read: Callable[[bytes], object]) -> None:
    @BRIEFLY
    @given(JSON)
    def check(document: Any) -> None:
        with suppress(*UNREADABLE):
            read(json.dumps(document).encode())

    check()
