"""Registries with certificates of private authorities, on real TLS servers."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.servers.registry import RegistryServer, tags_reply
from tests.unit.adapters.oci.conftest import Connect
from watch_cluster.adapters.http.tls import UnusableAuthorities, check_authorities, tls_context
from watch_cluster.application.ports.registry.image_registry import RegistryRefused
from watch_cluster.domain.images.reference import Repository

NAME = "r.loopback.test"


@pytest.fixture(scope="module")
def ours() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def theirs() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def app_over_tls(ours: trustme.CA) -> Iterator[Repository]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.issue_cert(NAME).configure_cert(context)
    with RegistryServer(tls=context) as server:
        server.on_tags(tags_reply(["1"]))
        yield Repository(f"{NAME}:{server.port}", "app")


def written(path: Path, *authorities: trustme.CA) -> Path:
    path.write_bytes(b"".join(each.cert_pem.bytes() for each in authorities))
    return path


def test_an_authority_in_the_file_is_trusted_whichever_it_is_there(
    connect: Connect, app_over_tls: Repository, ours: trustme.CA, theirs: trustme.CA, tmp_path: Path
) -> None:
    file = written(tmp_path / "ca.pem", theirs, ours)
    assert connect(tls=tls_context(file)).tags(app_over_tls) == ("1",)


def test_an_authority_that_is_not_in_the_file_is_not_trusted(
    connect: Connect, app_over_tls: Repository, theirs: trustme.CA, tmp_path: Path
) -> None:
    registry = connect(tls=tls_context(written(tmp_path / "ca.pem", theirs)))
    with pytest.raises(RegistryRefused, match=rf"the certificate of {NAME}:\d+ is not trusted .*REGISTRY_CA_FILE"):
        registry.tags(app_over_tls)


def test_the_authorities_of_the_system_still_count(
    connect: Connect,
    app_over_tls: Repository,
    ours: trustme.CA,
    theirs: trustme.CA,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(written(tmp_path / "system.pem", ours)))
    registry = connect(tls=tls_context(written(tmp_path / "ca.pem", theirs)))
    assert registry.tags(app_over_tls) == ("1",)


def test_a_certificate_for_another_name_is_not_trusted_with_the_authority(
    connect: Connect, app_over_tls: Repository, ours: trustme.CA, tmp_path: Path
) -> None:
    registry = connect(tls=tls_context(written(tmp_path / "ca.pem", ours)))
    other = app_over_tls.registry.replace(NAME, "o.loopback.test")
    with pytest.raises(RegistryRefused, match=r"the certificate of o\.loopback\.test"):
        registry.tags(Repository(other, "app"))


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        pytest.param(None, r"cannot be read \(No such file or directory\)", id="absent"),
        pytest.param(b"", "holds no certificate", id="empty"),
        pytest.param(b"\xff\x00", "holds no certificate", id="no text"),
        pytest.param(b"key", "holds no certificate", id="a private key alone"),
        pytest.param(
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "holds no certificate", id="broken"
        ),
    ],
)
def test_a_file_without_an_authority_is_refused(
    tmp_path: Path, theirs: trustme.CA, content: bytes | None, complaint: str
) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(theirs.private_key_pem.bytes() if content == b"key" else content)
    for use in (check_authorities, tls_context):
        with pytest.raises(UnusableAuthorities, match=complaint) as caught:
            use(file)
        assert len(str(caught.value).splitlines()) == 1


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableAuthorities, match=r"ca\.d' "):
        check_authorities(_folder(tmp_path / "ca.d"))


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
