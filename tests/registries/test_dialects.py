"""The client reads every registry that people use, in its dialect."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

import pytest

from tests.registries.dialects import DIALECTS, LIMITED, Dialect
from tests.registries.server import (
    ABSENT,
    ABSENT_TAG,
    EMPTY,
    FORBIDDEN,
    INDEX_DIGEST,
    PASSWORD,
    REPOSITORY,
    TAGS,
    USER,
    Login,
    Rules,
    serve,
)
from tests.servers.registry import RegistryServer, Reply, scripted, tags_reply
from tests.unit.adapters.oci.conftest import StandingClock, resolve_for_tests
from watch_cluster.adapters.oci.registry import OciImageRegistry
from watch_cluster.application.ports.registry.image_registry import RegistryUnauthorized, RepositoryNotFound
from watch_cluster.domain.images.credential import Credential
from watch_cluster.domain.images.platform import Platform
from watch_cluster.domain.images.reference import Repository

ROBOT = Credential(USER, PASSWORD)
WRONG = Credential(USER, "no-password-of-the-robot")

in_every_dialect = pytest.mark.parametrize("dialect", [pytest.param(each, id=each.name) for each in DIALECTS])


@pytest.fixture
def server() -> Iterator[RegistryServer]:
    with RegistryServer() as running:
        yield running


@pytest.fixture
def registry() -> Iterator[OciImageRegistry]:
    client = OciImageRegistry(timing=StandingClock().timing, resolve=resolve_for_tests)
    yield client
    client.close()


@in_every_dialect
def test_every_tag_is_read(dialect: Dialect, server: RegistryServer, registry: OciImageRegistry) -> None:
    serve(server, dialect.rules)
    assert registry.tags(Repository(server.host, REPOSITORY), (ROBOT,)) == TAGS


@in_every_dialect
def test_a_wrong_credential_is_followed_by_the_right_one(
    dialect: Dialect, server: RegistryServer, registry: OciImageRegistry
) -> None:
    serve(server, dialect.rules)
    repository = Repository(server.host, REPOSITORY)
    assert registry.digest(repository, "1.49.46", (WRONG, ROBOT)) == INDEX_DIGEST


@in_every_dialect
def test_digests_and_platforms_are_read(dialect: Dialect, server: RegistryServer, registry: OciImageRegistry) -> None:
    serve(server, dialect.rules)
    repository = Repository(server.host, REPOSITORY)
    assert registry.digest(repository, "1.49.46", (ROBOT,)) == INDEX_DIGEST
    assert registry.platforms(repository, INDEX_DIGEST, (ROBOT,)) == {Platform.of("linux", "amd64")}
    assert registry.contents(repository, INDEX_DIGEST, (ROBOT,), configs=True)


@in_every_dialect
def test_reports_a_missing_repository_as_absent_or_private(
    dialect: Dialect, server: RegistryServer, registry: OciImageRegistry
) -> None:
    serve(server, dialect.rules)
    with pytest.raises((RepositoryNotFound, RegistryUnauthorized)) as caught:
        registry.tags(Repository(server.host, ABSENT), (ROBOT,))
    assert PASSWORD not in str(caught.value)


@in_every_dialect
def test_a_repository_without_tags_has_none_or_is_missing(
    dialect: Dialect, server: RegistryServer, registry: OciImageRegistry
) -> None:
    serve(server, dialect.rules)
    if dialect.rules.without_tags.status == 200:
        assert registry.tags(Repository(server.host, EMPTY), (ROBOT,)) == ()
    else:
        with pytest.raises(RepositoryNotFound):
            registry.tags(Repository(server.host, EMPTY), (ROBOT,))


@in_every_dialect
def test_a_repository_that_the_user_may_not_read_is_reported_as_private(
    dialect: Dialect, server: RegistryServer, registry: OciImageRegistry
) -> None:
    serve(server, dialect.rules)
    with pytest.raises(RegistryUnauthorized):
        registry.tags(Repository(server.host, FORBIDDEN), (ROBOT,))


@in_every_dialect
def test_a_tag_that_is_not_there_is_reported_as_absent_or_private(
    dialect: Dialect, server: RegistryServer, registry: OciImageRegistry
) -> None:
    serve(server, dialect.rules)
    with pytest.raises((RepositoryNotFound, RegistryUnauthorized)):
        registry.digest(Repository(server.host, REPOSITORY), ABSENT_TAG, (ROBOT,))


with_tokens = pytest.mark.parametrize(
    "dialect",
    [pytest.param(each, id=each.name) for each in DIALECTS if each.rules.login in {Login.TOKEN, Login.EITHER}],
)


@with_tokens
def test_a_token_that_has_ended_is_replaced(
    dialect: Dialect, server: RegistryServer, registry: OciImageRegistry
) -> None:
    served = serve(server, dialect.rules)
    repository = Repository(server.host, REPOSITORY)
    registry.digest(repository, "1.49.46", (ROBOT,))
    served.end_tokens()
    before = len(server.requests_for("/token"))
    assert registry.digest(repository, "1.49.46", (ROBOT,)) == INDEX_DIGEST
    assert len(server.requests_for("/token")) > before


@pytest.mark.parametrize(
    "dialect", [pytest.param(each, id=each.name) for each in DIALECTS if each.rules.login is Login.TOKEN]
)
def test_a_public_image_is_read_anonymously(
    dialect: Dialect, server: RegistryServer, registry: OciImageRegistry
) -> None:
    serve(server, dialect.rules)
    assert registry.tags(Repository(server.host, REPOSITORY)) == TAGS


@pytest.mark.parametrize("limit", [pytest.param(reply, id=name) for name, reply in LIMITED])
def test_a_limit_is_waited_for(limit: Reply, server: RegistryServer, registry: OciImageRegistry) -> None:
    server.on_tags(scripted(limit, tags_reply(["1.0"])), REPOSITORY)
    assert registry.tags(Repository(server.host, REPOSITORY)) == ("1.0",)


@in_every_dialect
def test_every_dialect_names_the_source_of_its_facts_or_what_is_not_known(dialect: Dialect) -> None:
    assert dialect.facts or dialect.unknown
    assert all(fact.what and fact.source for fact in dialect.facts)


@in_every_dialect
def test_every_fact_names_the_rules_that_serve_it(dialect: Dialect) -> None:
    known = {rule.name for rule in fields(Rules)}
    limited = {"LIMITED"} if dialect.name in dict(LIMITED) else set()
    assert {rule for fact in dialect.facts for rule in fact.rules} <= known | limited
