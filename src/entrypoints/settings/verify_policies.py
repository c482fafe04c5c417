"""The file of `VERIFY_POLICIES`: which signatures the images of which repositories must have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from watch_cluster.adapters.signatures.on_demand import VerifierOnDemand
from watch_cluster.application.ports.registry.signature_verifier import CannotVerify
from watch_cluster.domain.policy.values.verification import PublicKey, VerifyPolicy

_MOST: Final = 100
_LARGEST: Final = 1024 * 1024
_Text = Annotated[str, Field(min_length=1, max_length=512)]
_Key = Annotated[str, Field(min_length=1, max_length=16_384)]


class _Policy(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: _Text
    images: Annotated[list[_Text], Field(min_length=1, max_length=_MOST)]
    keys: Annotated[list[_Key], Field(min_length=1, max_length=20)]
    mode: Literal["enforce", "warn"] = "enforce"
    attestations: Annotated[list[_Text], Field(max_length=20)] = []


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    policies: Annotated[list[_Policy], Field(max_length=_MOST)]


def read_verify_policies(path: Path) -> tuple[VerifyPolicy, ...]:
    """Read the policies, and try each key. Raises `ValueError` with one line."""
    try:
        written = _File.model_validate(yaml.safe_load(_text_of(path)))
        policies = tuple(_policy(each) for each in written.policies)
    except OSError as error:
        raise ValueError(f"{str(path)!r} cannot be read ({error.strerror}): give a file of policies") from None
    except yaml.YAMLError:
        raise ValueError(f"{str(path)!r} is not YAML: see docs/trust.md") from None
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(map(str, fault["loc"]))
        raise ValueError(f"{str(path)!r}: {where}: {fault['msg'].lower()}: see docs/trust.md") from None
    except (CannotVerify, UnicodeDecodeError, ValueError) as error:
        raise ValueError(f"{str(path)!r}: {error}") from None
    return policies


def _text_of(path: Path) -> str:
    if path.stat().st_size > _LARGEST:
        raise ValueError(f"it has more than {_LARGEST} bytes")
    return path.read_text()


def _policy(written: _Policy) -> VerifyPolicy:
    keys = tuple(
        PublicKey(f"key {number} of policy {written.name}", text.encode())
        for number, text in enumerate(written.keys, 1)
    )
    for key in keys:
        VerifierOnDemand().check(key)
    return VerifyPolicy(
        written.name, tuple(written.images), keys, written.mode == "enforce", tuple(written.attestations)
    )


def _checked(path: Path) -> Path:
    read_verify_policies(path)
    return path


VerifyPoliciesFile = Annotated[Path, AfterValidator(_checked)]
