"""What the registries that people use do: one dialect each, with the source of each fact, and what is not known.

No registry but those of `tests/integration` is queried: a dialect is what documents, issues and source code say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from tests.registries.server import TAGS, Login, Rules, absolute
from tests.servers.registry import Reply, error_reply

DIGEST_AS_TAG: Final = f"sha256:{'a' * 64}"


@dataclass(frozen=True)
class Fact:
    """Something that a registry does, and who says so.

    `rules` are the fields of `Rules` that serve it, or `LIMITED`; without one, it is known and not served.
    """

    what: str
    source: str
    rules: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dialect:
    """A registry: what it does, the facts behind that, and what could not be found out."""

    name: str
    rules: Rules
    facts: tuple[Fact, ...]
    unknown: tuple[str, ...] = ()


def _next_page(_host: str, repository: str, size: int, last: str) -> str:
    return f'</v2/{repository}/tags/list?next_page=g{last}&n={size}&last={last}>; rel="next"'


def _without_brackets(_host: str, repository: str, size: int, last: str) -> str:
    return f'/v2/{repository}/tags/list?n={size}&last={last}; rel="next"'


def _with_inner_path(host: str, repository: str, size: int, last: str) -> str:
    return f'<http://{host}/repository/docker-proxy/v2/{repository}/tags/list?n={size}&last={last}>; rel="next"'


def _without_prefix(_host: str, repository: str, size: int, last: str) -> str:
    return f'</v2/{repository.rpartition("/")[2]}/tags/list?last={last}&n={size}>; rel="next"'


def _as_opaque(host: str, repository: str, _size: int, last: str) -> str:
    return f'<http://{host}/v2/{repository}/tags/list?last={quote(last)}>; rel="next"'


_OPAQUE: Final = "x" * 1500


DIALECTS: Final = (
    Dialect(
        "distribution",
        Rules(
            largest=1000,
            too_large=error_reply(400, "PAGINATION_NUMBER_INVALID"),
        ),
        (
            Fact(
                "all tags without n, else pages with a relative Link; more than a configured maximum is refused with"
                " PAGINATION_NUMBER_INVALID; 404 NAME_UNKNOWN for a repository that is not there",
                "distribution/distribution registry/handlers/tags.go",
                rules=("page", "largest", "too_large", "link", "absent"),
            ),
        ),
    ),
    Dialect(
        "distribution with a smaller maximum",
        Rules(page=None, largest=100, too_large=error_reply(400, "PAGINATION_NUMBER_INVALID")),
        (
            Fact(
                "the maximum is its operator's to set",
                "distribution/distribution registry/handlers/tags.go",
                rules=("largest", "too_large"),
            ),
        ),
    ),
    Dialect(
        "Docker Hub",
        Rules(
            login=Login.TOKEN,
            absent=error_reply(401, "UNAUTHORIZED"),
            tags_headers=(("RateLimit-Limit", "100;w=21600"), ("RateLimit-Remaining", "76;w=21600")),
        ),
        (
            Fact(
                "anonymous tokens, limits in headers",
                "https://docs.docker.com/docker-hub/usage/pulls/",
                rules=("login", "tags_headers"),
            ),
            Fact(
                "401 for a repository that is private or not there",
                "https://github.com/al4/docker-registry-list/issues/2",
                rules=("absent",),
            ),
            Fact(
                "a relative or absolute Link follows each page",
                "https://github.com/gadievron/raptor/pull/495",
                rules=("link",),
            ),
            Fact("HEAD is not counted as a pull", "https://docs.docker.com/docker-hub/usage/pulls/"),
        ),
        ("the largest page", "whether all of its servers honor n: some gave all tags in 2020"),
    ),
    Dialect(
        "GHCR",
        Rules(
            page=100,
            largest=1000,
            login=Login.TOKEN,
            absent_token=error_reply(403, "DENIED"),
        ),
        (
            Fact(
                "its token server refuses what is private or not there, with DENIED or 401",
                "https://github.com/sigstore/scaffolding/issues/127 and"
                " https://github.com/openai/tunnel-client/issues/75",
                rules=("absent_token",),
            ),
            Fact(
                "100 tags without n, and as many as n says",
                "https://github.com/argoproj-labs/argocd-image-updater/issues/1660",
                rules=("page",),
            ),
            Fact("pages have been right since August 2021", "https://github.com/werf/werf/pull/3671"),
            Fact(
                "429 has its wait in the text of the body, as in retry-after: 1.16676ms",
                "https://github.com/falcosecurity/plugins/issues/1069",
                rules=("LIMITED",),
            ),
        ),
        ("the largest page", "the form of its Link"),
    ),
    Dialect(
        "Quay",
        Rules(
            page=100,
            largest=100,
            too_large=error_reply(413, "TOOMANYTAGSREQUESTED"),
            login=Login.TOKEN,
        ),
        (
            Fact(
                "more than its largest page is refused with 413, and a Link with n and last follows",
                "https://github.com/quay/quay/pull/2884",
                rules=("too_large", "link"),
            ),
            Fact("the largest page is 100", "https://github.com/akuity/kargo/pull/2186", rules=("largest",)),
        ),
        ("the code of its error",),
    ),
    Dialect(
        "Quay before 3.12",
        Rules(
            page=50,
            largest=50,
            link=_next_page,
            cursor=lambda count, _last: str(count),
            place=int,
            login=Login.TOKEN,
            listed=TAGS[::-1],
        ),
        (
            Fact(
                "fewer tags than requested without an error, unsorted, and a Link with an opaque next_page",
                "https://github.com/deitch/docker_registry2/issues/56 and https://github.com/quay/quay/pull/2884",
                rules=("page", "largest", "link", "listed"),
            ),
        ),
    ),
    Dialect(
        "ECR",
        Rules(
            page=100,
            largest=1000,
            too_large=error_reply(405, "UNSUPPORTED"),
            link=_as_opaque,
            cursor=lambda count, _last: f"{count}{_OPAQUE}",
            place=lambda last: int(last.removesuffix(_OPAQUE)),
            login=Login.PASSWORD,
            content_type="text/plain; charset=utf-8",
            absent=error_reply(404, "NAME_UNKNOWN"),
            names_digest_at=("HEAD",),
            wrong_password=Reply(403, b"Your Authorization Token has expired. Please run 'aws ecr get-login'"),
        ),
        (
            Fact(
                "more than 1000 is refused with UNSUPPORTED",
                "https://github.com/google/go-containerregistry/issues/681",
                rules=("largest", "too_large"),
            ),
            Fact(
                "an absolute Link with a long opaque last and no n; text/plain for tags",
                "https://github.com/deitch/docker_registry2/issues/34",
                rules=("link", "cursor", "content_type"),
            ),
            Fact(
                "Docker-Content-Digest at HEAD, and not at GET",
                "https://github.com/ChangemakerStudios/Docker.Registry.DotNet/pull/35 and"
                " https://github.com/distribution/distribution/issues/3792",
                rules=("names_digest_at",),
            ),
            Fact(
                "NAME_UNKNOWN for a repository that is not there",
                "https://github.com/aws-actions/amazon-ecr-login/issues/166",
                rules=("absent",),
            ),
            Fact(
                "403 and a text for a password that has ended",
                "https://github.com/awslabs/amazon-ecr-credential-helper/issues/7",
                rules=("wrong_password",),
            ),
        ),
        ("the status of UNSUPPORTED and of NAME_UNKNOWN",),
    ),
    Dialect(
        "ECR Public",
        Rules(
            page=100,
            largest=1000,
            link=absolute,
            login=Login.TOKEN,
            ended_token=Reply(400, b"Your Authorization Token is invalid."),
        ),
        (
            Fact(
                "400 without a challenge for a token that has ended",
                "https://github.com/aws/containers-roadmap/issues/2835",
                rules=("ended_token",),
            ),
        ),
        ("the form of its Link", "the largest page"),
    ),
    Dialect(
        "ACR",
        Rules(
            page=100,
            largest=1000,
            login=Login.EITHER,
            token_for_tags="metadata_read",
            absent=error_reply(401, "UNAUTHORIZED"),
        ),
        (
            Fact(
                "tag lists want the right metadata_read, which the challenge names",
                "https://github.com/goharbor/harbor/pull/16947 and https://github.com/Azure/acr/issues/676",
                rules=("token_for_tags",),
            ),
            Fact("1000 tags at most, without a word", "https://github.com/Azure/acr/issues/749", rules=("largest",)),
            Fact(
                "the challenge of manifests is for pull",
                "https://azure.github.io/acr/Token-BasicAuth.html",
                rules=("token_for_tags",),
            ),
        ),
    ),
    Dialect(
        "Artifact Registry and GCR",
        Rules(
            login=Login.TOKEN,
            scope_in_challenge=False,
            has_pages=False,
            body={"child": [], "manifest": {f"sha256:{'b' * 64}": {"tag": ["1.0.0"], "imageSizeBytes": "1"}}},
        ),
        (
            Fact(
                "tag lists have child and manifest beside tags",
                "google/go-containerregistry pkg/v1/google/list.go",
                rules=("body",),
            ),
            Fact(
                "Container Registry has no pages: all tags come at once",
                "https://github.com/google/go-containerregistry/issues/897",
                rules=("has_pages",),
            ),
        ),
        ("whether Artifact Registry has pages", "what it answers about a repository that is not there"),
    ),
    Dialect(
        "Harbor",
        Rules(
            login=Login.TOKEN,
            absent=error_reply(404, "NOT_FOUND"),
            forbidden=error_reply(401, "UNAUTHORIZED"),
        ),
        (
            Fact(
                "n and last, and a Link with both",
                "goharbor/harbor src/server/registry/tag.go, util/util.go",
                rules=("link",),
            ),
            Fact(
                "401 where a user may not read", "https://github.com/goharbor/harbor/issues/22274", rules=("forbidden",)
            ),
        ),
    ),
    Dialect(
        "Harbor's proxy cache",
        Rules(login=Login.EITHER, absent=error_reply(401, "UNAUTHORIZED")),
        (
            Fact(
                "tag lists hold the tags of the cache and those of the registry behind it, or only those of the cache"
                " while that cannot be reached",
                "goharbor/harbor src/server/middleware/repoproxy/tag.go",
            ),
        ),
        ("how to see that a list holds only the tags of the cache",),
    ),
    Dialect(
        "GitLab",
        Rules(
            page=100,
            largest=1000,
            login=Login.TOKEN,
            absent_token=error_reply(403, "DENIED"),
            without_tags=error_reply(404, "NAME_UNKNOWN"),
        ),
        (
            Fact(
                "its token server refuses with 403",
                "https://github.com/mayflower/docker-ls/issues/36",
                rules=("absent_token",),
            ),
            Fact(
                "404 for a repository without tags",
                "https://github.com/n0madic/gitlab-registry-images-cleaner/issues/5",
                rules=("without_tags",),
            ),
        ),
        ("the largest page",),
    ),
    Dialect(
        "Gitea and Forgejo",
        Rules(link=None, login=Login.EITHER, scope_in_challenge=False),
        (
            Fact(
                "n and last, and never a Link; a token and a password offered in two headers; everybody gets a token",
                "go-gitea/gitea routers/api/packages/container/container.go",
                rules=("link", "login"),
            ),
        ),
    ),
    Dialect(
        "Nexus",
        Rules(link=_with_inner_path, login=Login.PASSWORD, names_digest_at=()),
        (
            Fact(
                "no Docker-Content-Digest in some versions with a PostgreSQL database",
                "https://github.com/distribution/distribution/pull/3849",
                rules=("names_digest_at",),
            ),
            Fact(
                "an absolute Link with a path of its own, at which nothing is served",
                "https://github.com/sonatype/nexus-public/issues/1011",
                rules=("link",),
            ),
        ),
        ("what it answers about a repository that is not there",),
    ),
    Dialect(
        "Nexus, a group",
        Rules(link=None, login=Login.PASSWORD),
        (
            Fact(
                "n is honored, and no Link says that there is more",
                "https://github.com/sonatype/nexus-public/issues/117",
                rules=("link",),
            ),
        ),
        ("whether last is honored without a Link",),
    ),
    Dialect(
        "Artifactory",
        Rules(
            link=_without_prefix,
            cursor=lambda count, _last: str(count),
            place=lambda last: int(last) if last.isdigit() else 0,
            login=Login.EITHER,
            listed=TAGS,
            accepts_manifests_at_tags=False,
            absent_tag=error_reply(403, "DENIED"),
        ),
        (
            Fact(
                "a Link without the repository's prefix, whose last is a number",
                "https://github.com/renovatebot/renovate/issues/15080",
                rules=("link", "cursor"),
            ),
            Fact(
                "406 for a tag list that is requested with the media types of manifests",
                "https://github.com/renovatebot/renovate/issues/3078",
                rules=("accepts_manifests_at_tags",),
            ),
            Fact(
                "403 about a tag that is not there, in virtual repositories",
                "https://github.com/google/go-containerregistry/pull/1691",
                rules=("absent_tag",),
            ),
        ),
    ),
    Dialect(
        "Artifactory with digests among its tags",
        Rules(login=Login.NOTHING, listed=(*TAGS, DIGEST_AS_TAG)),
        (
            Fact(
                "tag lists may hold digests, which are no tags",
                "https://github.com/CrowdStrike/falcon-operator/pull/549",
                rules=("listed",),
            ),
        ),
    ),
    Dialect(
        "Zot",
        Rules(link=_without_brackets, login=Login.PASSWORD),
        (
            Fact(
                "a Link without brackets; all tags if n is not smaller than their number; 404 NAME_UNKNOWN",
                "project-zot/zot pkg/api/routes.go",
                rules=("link", "absent"),
            ),
        ),
        ("in which version the brackets came",),
    ),
)


LIMITED: Final = (
    (
        "Docker Hub",
        Reply(
            429,
            b'{"errors":[{"code":"TOOMANYREQUESTS"}]}',
            (("RateLimit-Limit", "100;w=21600"), ("RateLimit-Remaining", "0;w=21600")),
        ),
    ),
    (
        "GHCR",
        Reply(
            429,
            b'{"errors":[{"code":"TOOMANYREQUESTS","message":"retry-after: 1.16676ms, allowed: 44000/minute"}]}',
        ),
    ),
    ("Quay", Reply(429, b"<html><head><title>429 Too Many Requests</title></head></html>")),
)
"""How registries say that there were too many requests.

Sources: https://docs.docker.com/docker-hub/usage/pulls/, https://github.com/falcosecurity/plugins/issues/1069 and
https://github.com/rancher/elemental-toolkit/issues/710.
"""
