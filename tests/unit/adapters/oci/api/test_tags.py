from __future__ import annotations

import gzip
import itertools
import json
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.servers.registry import (
    RegistryServer,
    Reply,
    Seen,
    error_reply,
    json_reply,
    paged,
    scripted,
    tags_reply,
)
from tests.unit.adapters.oci.conftest import Connect, StandingClock
from watch_cluster.adapters.oci.registry import OciImageRegistry
from watch_cluster.application.ports.registry.image_registry import ImageRegistry, RegistryRefused, RegistryUnavailable
from watch_cluster.domain.images.reference import Repository

TAGS = "/v2/app/tags/list"


def test_tags_are_sorted_whatever_their_order_was(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    server.on_tags(tags_reply(["b", "10", "a", "9"]))
    port: ImageRegistry = registry
    assert port.tags(app) == ("10", "9", "a", "b")


def test_the_request_has_a_user_agent_and_accepts_no_compression(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    server.on_tags(tags_reply([]))
    registry.tags(app)
    (seen,) = server.seen
    assert seen.query == "n=1000"
    assert seen.headers["host"] == server.host
    assert seen.headers["user-agent"].startswith("watch-cluster/")
    assert seen.headers["accept-encoding"] == "identity"
    assert seen.authorization is None


def test_a_deep_path_is_requested_unchanged(registry: OciImageRegistry, server: RegistryServer) -> None:
    server.on_tags(tags_reply(["1"]), "a/b__c/d.e")
    assert registry.tags(Repository(server.host, "a/b__c/d.e")) == ("1",)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param({"name": "app", "tags": None}, (), id="null is no tags"),
        pytest.param({"tags": []}, (), id="an empty list"),
        pytest.param({"name": "app"}, (), id="no list"),
        pytest.param({"tags": ["1", "1"]}, ("1",), id="a repeated tag"),
        pytest.param({"tags": ["1"], "child": [], "manifest": {}}, ("1",), id="more than the protocol has"),
        pytest.param(
            {"tags": ["1", "", "a b", "x\nERROR forged", "é", ".1", "t" * 129]}, ("1",), id="what is no tag is dropped"
        ),
    ],
)
def test_tag_lists_of_all_dialects_are_read(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, body: object, expected: tuple[str, ...]
) -> None:
    server.on_tags(json_reply(body))
    assert registry.tags(app) == expected


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_all_pages_are_read_whatever_their_size(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, size: int
) -> None:
    everything = tuple(sorted(f"1.0.{patch}" for patch in range(7)))
    server.on_tags(paged(everything, size))
    assert registry.tags(app) == everything


@pytest.mark.parametrize(
    "link",
    [
        pytest.param("/v2/app/tags/list?last=a", id="relative"),
        pytest.param("http://elsewhere.loopback.test:1/v2/app/tags/list?last=a", id="absolute, to another host"),
        pytest.param("/tags/list?last=a", id="without the prefix"),
        pytest.param("?last=a", id="a query alone"),
    ],
)
def test_requests_the_next_page_from_the_same_host_and_path(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, link: str
) -> None:
    server.on_tags(scripted(tags_reply(["a"], link), tags_reply(["b"])))
    assert registry.tags(app) == ("a", "b")
    assert [seen.query for seen in server.requests_for(TAGS)] == ["n=1000", "last=a"]


@pytest.mark.parametrize(
    ("replies", "questions"),
    [
        pytest.param([tags_reply(["a"], "?n=1000")], 1, id="a link to the page itself"),
        pytest.param([tags_reply(["a"], "?p=2"), tags_reply(["b"], "?p=2")], 2, id="a link that was followed before"),
        pytest.param([tags_reply(["a"], "?p=2"), tags_reply(["b"], "?n=1000")], 2, id="a link back to the first page"),
    ],
)
def test_a_list_that_turns_in_a_circle_ends(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, replies: list[Reply], questions: int
) -> None:
    server.on_tags(scripted(*replies))
    assert "a" in registry.tags(app)
    assert len(server.seen) == questions


@pytest.mark.parametrize(
    ("replies", "expected"),
    [
        pytest.param(
            [tags_reply(["a"], "?p=2"), tags_reply(None, "?p=3"), tags_reply(["b"])], ("a", "b"), id="an empty page"
        ),
        pytest.param(
            [tags_reply(["a", "b"], "?p=2"), tags_reply(["b"], "?p=3"), tags_reply(["c"])],
            ("a", "b", "c"),
            id="a page that begins with the last tag of the one before",
        ),
        pytest.param(
            [tags_reply(["a", "b"], "?last=b"), tags_reply(["b"], "?last=b")],
            ("a", "b"),
            id="a last page that repeats the last tag and its own link",
        ),
    ],
)
def test_a_page_without_a_new_tag_is_not_the_end(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, replies: list[Reply], expected: tuple[str, ...]
) -> None:
    server.on_tags(scripted(*replies))
    assert registry.tags(app) == expected


@pytest.mark.parametrize(
    ("replies", "complaint"),
    [
        pytest.param(
            [tags_reply(["a", "b"], "?p=2"), tags_reply(["a", "b"], "?p=2")],
            "returns its first page again when the next one is requested",
            id="a proxy that drops the query",
        ),
        pytest.param(
            [tags_reply(["a"], "?p=2"), Reply(307, headers=(("Location", "/v2/app/tags/list"),)), tags_reply(["b"])],
            "redirects to a URL without the position in the list",
            id="a redirect that drops the query",
        ),
        pytest.param(
            [tags_reply(None, f"?p={number}") for number in range(12)],
            "returns 10 pages without a new tag, and names more",
            id="empty pages without end",
        ),
        pytest.param(
            [json_reply({"tags": ["a"]}, ("Link", '</v2/app/tags/list?last=a; rel="next"'))],
            r"names a next page that cannot be read \('</v2",
            id="a link that cannot be read",
        ),
        pytest.param(
            [json_reply({"tags": ["a"]}, ("Link", '</v2/app/tags/list>; rel="next"'))],
            "names a next page that cannot be read",
            id="a link to nowhere",
        ),
    ],
)
def test_a_list_that_was_not_read_to_its_end_is_an_error(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, replies: list[Reply], complaint: str
) -> None:
    server.on_tags(scripted(*replies))
    with pytest.raises(RegistryRefused, match=f"{complaint}.*so its tag list is incomplete"):
        registry.tags(app)


def test_a_full_page_without_a_link_is_gone_on_from_its_last_tag(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    first, second = [f"{number:04}" for number in range(1000)], ["1000", "1001"]
    server.on_tags(scripted(tags_reply(first), tags_reply(second)))
    assert registry.tags(app) == (*first, *second)
    assert [seen.query for seen in server.seen] == ["n=1000", "n=1000&last=0999"]


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(None, id="a registry that does not know last"),
        pytest.param(error_reply(400, "UNSUPPORTED"), id="a registry that refuses last"),
    ],
)
@pytest.mark.parametrize("more", [(), ("1000", "1001")], ids=["all", "not all"])
def test_requests_a_page_without_a_size_when_a_full_one_has_no_next(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, after: Reply | None, more: tuple[str, ...]
) -> None:
    first = tuple(f"{number:04}" for number in range(1000))

    def answer(seen: Seen) -> Reply:
        if "last" in seen.query and after is not None:
            return after
        return tags_reply(first if seen.query else (*first, *more))

    server.on_tags(answer)
    assert registry.tags(app) == (*first, *more)
    assert [seen.query for seen in server.seen] == ["n=1000", "n=1000&last=0999", ""]


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(None, id="a registry that does not know last"),
        *(pytest.param(error_reply(status, "UNSUPPORTED"), id=f"{status} for last") for status in (400, 404, 405, 422)),
    ],
)
@pytest.mark.parametrize("size", [100, 999])
def test_a_full_page_whose_next_one_cannot_be_requested_is_an_error(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, after: Reply | None, size: int
) -> None:
    first = tuple(f"{number:04}" for number in range(1000))

    def answer(seen: Seen) -> Reply:
        if "last" in seen.query and after is not None:
            return after
        return tags_reply(first if seen.query else first[:size])

    server.on_tags(answer)
    complaint = f"names no page after 1000 tags, and lists {size} without a page size, so its tag list is incomplete"
    with pytest.raises(RegistryRefused, match=complaint):
        registry.tags(app)


def test_later_pages_without_a_link_are_an_error_when_the_next_one_is_refused(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    everything = tuple(f"{number:04}" for number in range(2500))

    def answer(seen: Seen) -> Reply:
        if seen.query.endswith("last=1999"):
            return error_reply(400, "UNSUPPORTED")
        return tags_reply(everything[1000:2000] if "last" in seen.query else everything[:1000])

    server.on_tags(answer)
    with pytest.raises(RegistryRefused, match="names no page after 2000 tags, and lists 1000 without a page size"):
        registry.tags(app)


def test_pages_of_a_smaller_size_are_followed_by_their_links(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    everything = tuple(f"{number:04}" for number in range(1500))

    def answer(seen: Seen) -> Reply:
        if seen.query == "n=1000":
            return tags_reply(everything[:1000])
        if seen.query.startswith("n=1000&last"):
            return error_reply(400, "UNSUPPORTED")
        start = int(seen.query.removeprefix("p=") or 0)
        return tags_reply(everything[start : start + 300], f"?p={start + 300}" if start < 1200 else None)

    server.on_tags(answer)
    assert registry.tags(app) == everything


def test_a_full_page_may_be_the_last_one(registry: OciImageRegistry, server: RegistryServer, app: Repository) -> None:
    first = tuple(f"{number:04}" for number in range(1000))
    server.on_tags(scripted(tags_reply(first), tags_reply(None)))
    assert registry.tags(app) == first
    assert len(server.seen) == 2


@pytest.mark.parametrize("status", [400, 405, 413, 414, 416, 422])
def test_a_registry_that_allows_smaller_pages_only_chooses_their_size(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, status: int
) -> None:
    server.on_tags(scripted(error_reply(status, "PAGINATION_NUMBER_INVALID"), tags_reply(["1"])))
    assert registry.tags(app) == ("1",)
    assert [seen.query for seen in server.seen] == ["n=1000", ""]


@pytest.mark.exhaustive
def test_an_endless_list_is_an_error_and_never_a_shorter_list(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    count = itertools.count()
    server.on_tags(lambda _seen: tags_reply([f"t{(number := next(count))}"], f"?p={number}"))
    with pytest.raises(RegistryRefused, match="more than 1000 pages of tags"):
        registry.tags(app)
    assert len(server.seen) == 1000


def test_a_page_of_very_many_tags_is_refused_before_it_takes_memory(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    server.on_tags(Reply(body=b'{"tags":[' + b'"a",' * 1_500_000 + b'"b"]}'))
    tracemalloc.start()
    try:
        with pytest.raises(RegistryRefused, match="lists more than 250000 tags, which are not read"):
            registry.tags(app)
        assert tracemalloc.get_traced_memory()[1] < 64 * 1024 * 1024
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("encoding", ["gzip", "X-GZIP"])
def test_reads_a_body_that_is_compressed_without_being_requested(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, encoding: str
) -> None:
    server.on_tags(Reply(body=gzip.compress(b'{"tags": ["1"]}'), headers=(("Content-Encoding", encoding),)))
    assert registry.tags(app) == ("1",)


@pytest.mark.parametrize(
    ("body", "encoding", "complaint"),
    [
        pytest.param(gzip.compress(b" " * 17 * 1024 * 1024), "gzip", "more than 16384 KiB", id="a bomb"),
        pytest.param(b'{"tags": []}', "gzip", "cannot be decoded .it is not gzip", id="no gzip"),
        pytest.param(b"x", "br", "its Content-Encoding is neither identity nor gzip", id="another encoding"),
    ],
)
def test_a_compressed_body_has_the_same_limits(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, body: bytes, encoding: str, complaint: str
) -> None:
    server.on_tags(Reply(body=body, headers=(("Content-Encoding", encoding),)))
    with pytest.raises(RegistryRefused, match=complaint):
        registry.tags(app)


def test_a_list_that_takes_too_long_is_given_up(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, clock: StandingClock
) -> None:
    count = itertools.count()

    def answer(_seen: Seen) -> Reply:
        clock.passed += 20
        return tags_reply([f"t{(number := next(count))}"], f"?p={number}")

    server.on_tags(answer)
    with pytest.raises(RegistryUnavailable, match="did not return all tags within 300 s"):
        registry.tags(app)


def test_a_page_that_is_too_large_is_not_read_to_its_end(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    server.on_tags(Reply(body=b'{"tags": ["' + b"a" * 17 * 1024 * 1024 + b'"]}'))
    with pytest.raises(RegistryRefused, match="more than 16384 KiB"):
        registry.tags(app)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<html>Sign in</html>", id="HTML"),
        pytest.param(b'{"tags": ["1"', id="JSON that is cut off"),
        pytest.param(b'{"tags": "1"}', id="text for a list"),
        pytest.param(b'{"tags": [1, null]}', id="numbers for tags"),
        pytest.param(b"{}", id="no tags at all"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"\xff\xfe", id="no UTF-8"),
        pytest.param(b"[" * 100_000, id="depth"),
        pytest.param(json.dumps({"tags": ["1"]}).encode("utf-16"), id="UTF-16"),
    ],
)
def test_names_a_body_that_is_not_of_the_protocol(
    registry: OciImageRegistry, server: RegistryServer, app: Repository, body: bytes
) -> None:
    server.on_tags(Reply(body=body, headers=(("Content-Type", "text/html"),)))
    with pytest.raises(RegistryRefused, match=r"answered 200 with a body \('text/html'\) that is not the registry"):
        registry.tags(app)


@pytest.mark.exhaustive
def test_a_list_that_is_too_large_in_all_is_given_up(
    registry: OciImageRegistry, server: RegistryServer, app: Repository
) -> None:
    count = itertools.count()
    padding = "a" * 14 * 1024 * 1024

    def answer(_seen: Seen) -> Reply:
        number = next(count)
        return json_reply({"tags": [f"t{number}"], "padding": padding}, ("Link", f'<?p={number}>; rel="next"'))

    server.on_tags(answer)
    with pytest.raises(RegistryRefused, match="more than 65536 KiB of tags"):
        registry.tags(app)
    assert len(server.seen) == 5


def test_an_address_of_ipv6_is_named_in_brackets(connect: Connect, server: RegistryServer) -> None:
    server.on_tags(tags_reply(["1"]))
    host = f"[::1]:{server.port}"
    # The server listens on IPv4 alone, as some machines do.
    assert connect(resolve=lambda _host, _port: ("127.0.0.1",)).tags(Repository(host, "app")) == ("1",)
    assert server.seen[0].headers["host"] == host


def test_at_most_four_questions_are_put_to_a_host_at_once(registry: OciImageRegistry, server: RegistryServer) -> None:
    arrivals, lock = itertools.count(1), threading.Lock()
    fourth, fifth, go_on = threading.Event(), threading.Event(), threading.Event()

    def answer(_seen: Seen) -> Reply:
        with lock:
            arrival = next(arrivals)
        if arrival >= 4:
            fourth.set()
        if arrival >= 5:
            fifth.set()
        go_on.wait(timeout=10)
        return tags_reply(["1"])

    for number in range(6):
        server.on_tags(answer, f"app{number}")
    with ThreadPoolExecutor(6) as pool:
        results = [pool.submit(registry.tags, Repository(server.host, f"app{number}")) for number in range(6)]
        four_arrived = fourth.wait(timeout=10)
        five_arrived = fifth.wait(timeout=0.1)
        go_on.set()
        assert [result.result() for result in results] == [("1",)] * 6
    assert four_arrived
    assert not five_arrived
