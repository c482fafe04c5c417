"""Nothing is decoded that these tests, or others, do not fill with what strangers may write."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from msgspec import inspect

from tests.fuzz.test_structs import structs

ROOT: Final = Path(__file__).parents[2]
MODULES: Final = sorted(path for path in (ROOT / "src").rglob("*.py"))

PLAIN: Final = {
    "adapters/kubernetes/history.py": "tests/fuzz/test_api_objects.py",
    "adapters/kubernetes/lease/digest_log.py": "tests/unit/adapters/kubernetes/lease/test_digest_log.py",
    "adapters/kubernetes/lease/failure_memory.py": "tests/unit/adapters/kubernetes/lease/test_failure_memory.py",
    "adapters/kubernetes/lease/push_inbox.py": "tests/unit/adapters/kubernetes/lease/test_push_inbox.py",
    "adapters/kubernetes/lease/record.py": "tests/unit/adapters/kubernetes/lease/test_record.py",
    "domain/images/keyring.py": "tests/fuzz/test_api_objects.py",
    "domain/rollout/record/history.py": "tests/fuzz/test_annotations.py",
    "domain/rollout/record/record.py": "tests/fuzz/test_annotations.py",
    "domain/update/first_seen.py": "tests/fuzz/test_annotations.py",
}
"""Who decodes what strangers write without a structure, and the tests that give it what does not fit."""
TRUSTED: Final = {
    "adapters/docker/engine/client.py",
    "adapters/docker/replacing/dependents.py",
    "adapters/docker/state/store.py",
    "adapters/git/folder/notes.py",
    "adapters/git/forge/api.py",
    "adapters/kubernetes/plain_objects.py",
    "adapters/migration/tools/openshift.py",
    "entrypoints/demo/receiver.py",
}
"""Who decodes what the operator, the engine, a declared forge or the person at the command line has."""


def calls(path: Path) -> Iterator[tuple[ast.Call, str]]:
    """Every call of a module that decodes JSON, and the function that it calls."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name in {"json.loads", "msgspec.json.decode", "msgspec.convert", "msgspec.json.Decoder"}:
                yield node, name


def module_of(path: Path) -> Any:
    """The module of that file."""
    return importlib.import_module(".".join(("watch_cluster", *path.relative_to(ROOT / "src").with_suffix("").parts)))


def below(kind: inspect.Type) -> Iterator[type]:
    """The structures in a type."""
    match kind:
        case inspect.StructType():
            yield kind.cls
        case inspect.UnionType():
            for each in kind.types:
                yield from below(each)
        case inspect.ListType() | inspect.VarTupleType():
            yield from below(kind.item_type)
        case inspect.DictType():
            yield from below(kind.value_type)


def test_every_structure_is_fuzzed() -> None:
    fuzzed = {f"{each.__module__}.{each.__qualname__}" for each in structs()}
    found = set()
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and re.search(r"\bStruct\b", " ".join(map(ast.unparse, node.bases))):
                found.add(f"{module_of(path).__name__}.{node.name}")
    assert len(found) > 50
    assert found <= fuzzed


def test_every_decoder_is_of_a_structure_that_is_fuzzed() -> None:
    fuzzed = set(structs())
    decoders = [
        (path, value)
        for path in MODULES
        if any(name == "msgspec.json.Decoder" for _, name in calls(path))
        for value in vars(module_of(path)).values()
        if isinstance(value, msgspec.json.Decoder)
    ]
    assert len(decoders) > 10
    for path, decoder in decoders:
        decoded = set(below(inspect.type_info(decoder.type)))
        assert decoded, f"{path}: the decoder of {decoder.type} has no structure"
        assert decoded <= fuzzed, path


def test_whoever_decodes_without_a_structure_is_known() -> None:
    plain = {
        str(path.relative_to(ROOT / "src"))
        for path in MODULES
        for call, name in calls(path)
        if name == "json.loads"
        or (name == "msgspec.json.decode" and not any(each.arg == "type" for each in call.keywords))
    }
    assert plain == PLAIN.keys() | TRUSTED, "give it in a test what strangers may write, and name that here"


@pytest.mark.parametrize(("module", "test"), PLAIN.items(), ids=PLAIN)
def test_the_test_of_what_is_decoded_without_a_structure_exists(module: str, test: str) -> None:
    assert (ROOT / test).is_file(), module
