"""Has the real cosign of both generations sign small images, and keeps what a registry then holds as test data.

`python -m tests.signatures.make` builds both programs (minutes the first time) and writes `data/`.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from tests.cluster.build import CannotBuild, go_program
from tests.cluster.processes import wait_until
from tests.cluster.registry.images import push

FOLDER: Final = Path(__file__).parent
DATA: Final = FOLDER / "data"
MEMORY_REGISTRY: Final = FOLDER.parent / "registries" / "memory-registry"
REPOSITORY: Final = "team/shop"
PROVENANCE: Final = "https://slsa.dev/provenance/v1"
_SIGNING_CONFIG: Final = "signing-config.json"
_ACCEPT: Final = "application/vnd.oci.image.manifest.v1+json,application/vnd.oci.image.index.v1+json"


@dataclass(frozen=True, slots=True)
class Cosign:
    """One generation of cosign, with a folder of keys."""

    program: Path
    generation: int
    folder: Path

    def __call__(self, *arguments: str) -> str:
        """Run it. Raises `CalledProcessError`."""
        environment = {**os.environ, "COSIGN_PASSWORD": "", "HOME": str(self.folder)}
        done = subprocess.run(
            [str(self.program), *arguments],
            check=False,
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"cosign {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    def generate_key(self, name: str) -> None:
        """Write `NAME.key` and `NAME.pub`."""
        self("generate-key-pair", "--output-key-prefix", name)

    def sign(self, image: str, key: str) -> None:
        """Sign an image without a transparency log."""
        self("sign", "--yes", "--key", f"{key}.key", *self._offline(), "--allow-http-registry", image)

    def attest(self, image: str, key: str, predicate_type: str) -> None:
        """Attest something about an image without a transparency log."""
        predicate = self.folder / "predicate.json"
        predicate.write_text(json.dumps({"buildType": "test"}))
        what = ("--predicate", str(predicate), "--type", predicate_type)
        self("attest", "--yes", "--key", f"{key}.key", *what, *self._offline(), "--allow-http-registry", image)

    def verify(self, image: str, key: str) -> None:
        """Have cosign itself verify the image."""
        self("verify", "--key", f"{key}.pub", "--insecure-ignore-tlog=true", "--allow-http-registry", image)

    def _offline(self) -> tuple[str, ...]:
        if self.generation < 3:
            return ("--tlog-upload=false",)
        if not (self.folder / _SIGNING_CONFIG).exists():
            self("signing-config", "create", "--out", _SIGNING_CONFIG)
        return ("--signing-config", _SIGNING_CONFIG)


def build_program(generation: int) -> Path:
    """Build cosign of that generation unless it is there. Raises `CannotBuild`."""
    program = go_program(FOLDER / f"cosign-v{generation}", build=True)
    assert program is not None
    return program


def cosign(generation: int, folder: Path) -> Cosign:
    """Return cosign of that generation, with its keys in the folder. Raises `CannotBuild`."""
    return Cosign(build_program(generation), generation, folder)


@contextmanager
def memory_registry() -> Iterator[str]:
    """Run a registry that keeps everything in memory, and give its address. Raises `CannotBuild`."""
    program = go_program(MEMORY_REGISTRY, build=True)
    assert program is not None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with subprocess.Popen([str(program), address], stdin=subprocess.PIPE) as process:
        wait_until(lambda: _answers(address), "the registry answers", 30)
        yield address
        process.kill()


def sign_all(registry: str, old: Cosign, new: Cosign) -> None:
    """Push and sign every image of the corpus; its tag says how."""

    def image(tag: str) -> str:
        return f"{registry}/{REPOSITORY}@{push(registry, REPOSITORY, tag)}"

    for name in ("team", "former", "stranger"):
        old.generate_key(name)
    image("unsigned")
    old.sign(image("signed-v2"), "team")
    new.sign(image("signed-v3"), "team")
    old.sign(image("stranger-v2"), "stranger")
    new.sign(image("stranger-v3"), "stranger")
    for generation, program in ((2, old), (3, new)):
        both = image(f"twice-v{generation}")
        program.sign(both, "former")
        program.sign(both, "team")
        attested = image(f"attested-v{generation}")
        program.sign(attested, "team")
        program.attest(attested, "team", PROVENANCE)
        program.attest(image(f"only-attested-v{generation}"), "team", PROVENANCE)


def dump(registry: str) -> dict[str, Any]:
    """Return all that the repository holds: manifests by tag and digest, and contents by digest."""
    with httpx.Client(base_url=f"http://{registry}/v2/{REPOSITORY}", trust_env=False) as client:
        tags = client.get("/tags/list").raise_for_status().json()["tags"]
        manifests, blobs, references = {}, {}, list(tags)
        while references:
            reference = references.pop()
            response = client.get(f"/manifests/{reference}", headers={"Accept": _ACCEPT}).raise_for_status()
            digest = response.headers["Docker-Content-Digest"]
            kept = {"type": response.headers["Content-Type"], "body": response.text}
            manifests[reference] = {"is": digest} if reference in tags else kept
            manifests[digest] = kept
            read = response.json()
            references += [each["digest"] for each in read.get("manifests", ()) if each["digest"] not in manifests]
            for each in (read.get("config"), *read.get("layers", ())):
                if each is not None and "rootfs" not in each["mediaType"]:
                    content = client.get(f"/blobs/{each['digest']}").raise_for_status().content
                    blobs[each["digest"]] = base64.b64encode(content).decode()
    return {"manifests": dict(sorted(manifests.items())), "blobs": dict(sorted(blobs.items()))}


def make() -> None:
    """Write the corpus. Raises `CannotBuild`."""
    with tempfile.TemporaryDirectory() as place, memory_registry() as registry:
        sign_all(registry, cosign(2, Path(place)), cosign(3, Path(place)))
        DATA.mkdir(exist_ok=True)
        (DATA / "registry.json").write_text(json.dumps(dump(registry), indent=1) + "\n")
        for key in Path(place).glob("*.pub"):
            (DATA / key.name).write_text(key.read_text())


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"http://{address}/v2/", trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


if __name__ == "__main__":
    try:
        make()
    except CannotBuild as error:
        sys.exit(f"cannot build cosign: {error}")
