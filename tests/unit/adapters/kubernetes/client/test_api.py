from __future__ import annotations

import datetime as dt
import json
import socket
import ssl
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
import trustme
from kubernetes.config import incluster_config
from structlog.testing import capture_logs

from tests.servers.kubernetes_api import LIMIT_SECONDS, FakeKubernetesApi, Reply
from tests.servers.registry import RegistryServer
from tests.servers.registry import Reply as AnyReply
from watch_cluster.adapters.kubernetes.client.api import ApiRefused, ApiUnreachable, KubernetesApi, Lines, NoApiServer

PATH = "/apis/apps/v1/namespaces/team/deployments/app"
WATCH = [("watch", "true")]
SECRET = "s3cret-token"


@pytest.fixture
def fake() -> Iterator[FakeKubernetesApi]:
    fake = FakeKubernetesApi()
    with fake:
        yield fake


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Callable[[str, str], str]:
    def write(url: str, token: str) -> str:
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "here",
            "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me"}}],
            "clusters": [{"name": "here", "cluster": {"server": url}}],
            "users": [{"name": "me", "user": {"token": token}}],
        }
        path = tmp_path / "kubeconfig"
        path.write_text(json.dumps(document))
        return str(path)

    return write


@pytest.fixture
def api(fake: FakeKubernetesApi, kubeconfig: Callable[[str, str], str]) -> Iterator[KubernetesApi]:
    api = KubernetesApi.connect(kubeconfig(fake.url, SECRET))
    yield api
    api.close()


def test_a_request_carries_the_token_the_query_and_the_body(api: KubernetesApi, fake: FakeKubernetesApi) -> None:
    fake.others[0] = Reply(body=b'{"fine": true}')

    body = api.request(
        "PATCH", PATH, query=[("fieldManager", "watch-cluster")], body=b"[]", content_type="a/b", timeout=5
    )

    assert body == b'{"fine": true}'
    (request,) = fake.requests
    assert (request.method, request.path, request.body) == ("PATCH", PATH, b"[]")
    assert request.query == {"fieldManager": "watch-cluster"}
    assert request.headers["content-type"] == "a/b"
    assert request.headers["authorization"] == f"Bearer {SECRET}"


def test_a_refusal_quotes_the_server(api: KubernetesApi, fake: FakeKubernetesApi) -> None:
    fake.others[0] = Reply.refusal(429, "TooManyRequests", "slow\n down", Retry_After="7")

    with pytest.raises(ApiRefused) as caught:
        api.request("GET", PATH, timeout=5)

    refused = caught.value
    assert (refused.status, refused.reason, refused.message) == (429, "TooManyRequests", "slow down")
    assert refused.retry_after == 7
    assert str(refused) == "the API server answers 429 TooManyRequests: slow down"


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply(502, b"<html>Bad Gateway</html>"), id="a proxy's page"),
        pytest.param(Reply(500, b""), id="nothing"),
        pytest.param(Reply(500, b"[1, 2]"), id="another document"),
        pytest.param(Reply(500, b"\xff\xfe"), id="no text"),
        pytest.param(Reply(503, b"x", {"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}), id="a date to come back at"),
        pytest.param(Reply(302, b"", {"Location": "http://127.0.0.1:1/"}), id="a redirection, which is not followed"),
        pytest.param(Reply.refusal(500, message="long " * 100_000), id="very many words"),
    ],
)
def test_a_refusal_that_is_no_status_is_a_short_line_all_the_same(
    api: KubernetesApi, fake: FakeKubernetesApi, reply: Reply
) -> None:
    fake.others[0] = reply

    with pytest.raises(ApiRefused) as caught:
        api.request("GET", PATH, timeout=5)

    assert caught.value.status == reply.status
    assert caught.value.retry_after == 0
    assert len(str(caught.value)) < 600
    assert len(str(caught.value).splitlines()) == 1


def test_after_a_refusal_that_was_not_read_to_its_end_the_next_request_gets_a_response(
    api: KubernetesApi, fake: FakeKubernetesApi
) -> None:
    fake.others.extendleft([Reply.refusal(500, message="long " * 100_000)])

    with pytest.raises(ApiRefused):
        api.request("GET", PATH, timeout=5)

    assert api.request("GET", PATH, timeout=5) == b"{}"


def test_half_a_response_is_none(api: KubernetesApi, fake: FakeKubernetesApi) -> None:
    fake.others[0] = Reply(body=b"{}", short_by=10)

    with pytest.raises(ApiUnreachable, match="the API server cannot be reached"):
        api.request("GET", PATH, timeout=5)


def test_a_server_that_is_not_there_is_unreachable(kubeconfig: Callable[[str, str], str]) -> None:
    api = KubernetesApi.connect(kubeconfig("http://127.0.0.1:1", SECRET))

    with pytest.raises(ApiUnreachable, match=r"127\.0\.0\.1.*refused"):
        api.request("GET", PATH, timeout=5)


def test_a_server_that_does_not_respond_is_unreachable_when_the_time_is_over(
    api: KubernetesApi, fake: FakeKubernetesApi
) -> None:
    fake.answering.clear()
    began = time.monotonic()

    with pytest.raises(ApiUnreachable, match="timed out"):
        api.request("GET", PATH, timeout=0.2)

    assert time.monotonic() - began < 2


def test_a_slow_response_does_not_extend_the_deadline(kubeconfig: Callable[[str, str], str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        done = Event()

        def drip() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                while not done.wait(0.02):
                    connection.sendall(b"x")

        thread = Thread(target=drip, daemon=True)
        thread.start()
        api = KubernetesApi.connect(kubeconfig(f"http://127.0.0.1:{listener.getsockname()[1]}", SECRET))
        began = time.monotonic()
        with pytest.raises(ApiUnreachable, match=r"takes too long|timed out"):
            api.request("GET", PATH, timeout=0.3)
        assert time.monotonic() - began < 2
        done.set()
        thread.join(LIMIT_SECONDS)


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(f"{SECRET}\nX", id="two lines"),
        pytest.param(f"{SECRET}\u20ac", id="no Latin text"),
    ],
)
def test_an_unsendable_token_is_not_printed(
    fake: FakeKubernetesApi, kubeconfig: Callable[[str, str], str], token: str
) -> None:
    api = KubernetesApi.connect(kubeconfig(fake.url, token))

    with pytest.raises(ApiUnreachable) as caught:
        api.request("GET", PATH, timeout=5)

    assert SECRET not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_stream_gives_each_line_as_soon_as_it_is_whole(api: KubernetesApi, fake: FakeKubernetesApi) -> None:
    with api.stream(PATH, query=WATCH, silence=LIMIT_SECONDS) as lines:
        watch, received = fake.next_watch(), iter(lines)
        watch.send_bytes(b"one\ntw")
        assert next(received) == b"one"
        watch.send_bytes(b"o\n\nthree\n")
        assert next(received) == b"two"
        assert next(received) == b"three"
        watch.send_bytes(b"half a li")
        watch.end()
        assert list(received) == []


def test_a_stream_that_breaks_off_is_unreachable(api: KubernetesApi, fake: FakeKubernetesApi) -> None:
    with api.stream(PATH, query=WATCH, silence=LIMIT_SECONDS) as lines:
        fake.next_watch().cut()
        with pytest.raises(ApiUnreachable):
            list(lines)


def test_a_stream_that_is_silent_for_too_long_is_unreachable(api: KubernetesApi) -> None:
    with (
        api.stream(PATH, query=WATCH, silence=0.2) as lines,
        pytest.raises(ApiUnreachable, match="timed out"),
    ):
        list(lines)


def test_a_stream_that_does_not_begin_is_unreachable(api: KubernetesApi, fake: FakeKubernetesApi) -> None:
    fake.answering.clear()

    with pytest.raises(ApiUnreachable, match="timed out"), api.stream(PATH, query=WATCH, silence=0.2):
        pass


def test_a_refused_stream_says_why(api: KubernetesApi, fake: FakeKubernetesApi) -> None:
    fake.watches.append(Reply.refusal(410, "Expired", "too old"))

    with pytest.raises(ApiRefused, match="410 Expired: too old"), api.stream(PATH, query=WATCH, silence=5):
        pass


def test_a_silent_stream_is_interrupted_from_another_thread(api: KubernetesApi) -> None:
    opened, streams, troubles = Event(), list[Lines](), list[ApiUnreachable]()

    def follow() -> None:
        with api.stream(PATH, query=WATCH, silence=60) as lines:
            streams.append(lines)
            opened.set()
            try:
                list(lines)
            except ApiUnreachable as error:
                troubles.append(error)

    thread = Thread(target=follow, daemon=True)
    thread.start()
    assert opened.wait(LIMIT_SECONDS)
    streams[0].interrupt()
    thread.join(LIMIT_SECONDS)

    assert not thread.is_alive()
    assert len(troubles) == 1
    streams[0].interrupt()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(None, id="missing"),
        pytest.param("", id="empty"),
        pytest.param("{", id="no YAML"),
        pytest.param("words", id="a word"),
        pytest.param("[1, 2]", id="a list"),
        pytest.param("{}", id="an empty document"),
        pytest.param("contexts: 5\ncurrent-context: x\n", id="another shape"),
        pytest.param("current-context: x\ncontexts: []\nclusters: []\nusers: []\n", id="no such context"),
        pytest.param("\x00\x01", id="bytes"),
    ],
)
def test_a_kubeconfig_that_cannot_be_used_is_one_line(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "kubeconfig"
    if text is not None:
        path.write_text(text)

    with pytest.raises(NoApiServer) as caught:
        KubernetesApi.connect(str(path))

    assert str(path) in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_without_a_path_the_default_kubeconfig_is_used(
    monkeypatch: pytest.MonkeyPatch, kubeconfig: Callable[[str, str], str], fake: FakeKubernetesApi
) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    location = "kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION"
    monkeypatch.setattr(location, kubeconfig(fake.url, SECRET))

    api = KubernetesApi.connect()

    assert api.request("GET", PATH, timeout=5) == b"{}"
    api.close()


class Pod:
    """The files and variables that a pod gets for its service account."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.token = folder / "token"
        self.token.write_text("first\n")
        certificate = folder / "ca.crt"
        certificate.write_text("a certificate")
        monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
        monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "1")
        monkeypatch.setattr(incluster_config, "SERVICE_TOKEN_FILENAME", str(self.token))
        monkeypatch.setattr(incluster_config, "SERVICE_CERT_FILENAME", str(certificate))


@pytest.fixture
def pod(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pod:
    return Pod(tmp_path, monkeypatch)


def let_minutes_go_by(monkeypatch: pytest.MonkeyPatch) -> None:
    class Later(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Later:
            return super().now(tz) + dt.timedelta(minutes=2)

    monkeypatch.setattr("kubernetes.config.incluster_config.datetime.datetime", Later)


def test_in_a_pod_the_token_is_read_again_when_it_has_been_renewed(
    pod: Pod, fake: FakeKubernetesApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = KubernetesApi.connect()
    api._host = fake.url
    api.request("GET", PATH, timeout=5)
    pod.token.write_text("second")

    let_minutes_go_by(monkeypatch)
    api.request("GET", PATH, timeout=5)
    api.close()

    assert [each.headers["authorization"] for each in fake.requests] == ["bearer first", "bearer second"]


def test_a_token_that_cannot_be_renewed_now_makes_the_server_unreachable(
    pod: Pod, fake: FakeKubernetesApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = KubernetesApi.connect()
    api._host = fake.url
    pod.token.unlink()
    let_minutes_go_by(monkeypatch)

    with pytest.raises(ApiUnreachable, match="credentials for the API server cannot be renewed"):
        api.request("GET", PATH, timeout=5)


def test_in_a_pod_without_a_token_the_line_speaks_of_the_service_account(pod: Pod) -> None:
    pod.token.unlink()

    with pytest.raises(NoApiServer, match="service account cannot be used"):
        KubernetesApi.connect()


def test_a_kubeconfig_that_was_named_goes_before_the_pod(
    pod: Pod, fake: FakeKubernetesApi, kubeconfig: Callable[[str, str], str]
) -> None:
    api = KubernetesApi.connect(kubeconfig(fake.url, SECRET))

    assert api.request("GET", PATH, timeout=5) == b"{}"
    assert pod.token.exists()
    api.close()


def test_a_certificate_that_is_not_verified_is_one_line_of_the_log(tmp_path: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(tls)
    kubeconfig = tmp_path / "config"
    server = RegistryServer(tls=tls)
    cluster = {"server": f"https://{server.host}", "insecure-skip-tls-verify": True}
    document = {
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": {"token": "t"}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    kubeconfig.write_text(json.dumps(document))

    with server, capture_logs() as lines, warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        server.on("/version", AnyReply(body=b"{}"))
        api = KubernetesApi.connect(str(kubeconfig))
        assert api.request("GET", "/version", timeout=5) == b"{}"
        api.close()

    assert [line["event"] for line in lines] == [
        "the certificate of the API server is not verified: the kubeconfig says insecure-skip-tls-verify"
    ]
    assert warned == []
