"""A real mutating admission webhook, which rewrites images as those of mirrors and digest pinners do."""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final

import trustme

from tests.cluster.cluster import Cluster

_PLACES: Final = {
    "pods": ("", "v1", "/spec/containers"),
    "deployments": ("apps", "v1", "/spec/template/spec/containers"),
}


@contextmanager
def rewriting_images(cluster: Cluster, namespace: str, plural: str, rewrite: Callable[[str], str]) -> Iterator[None]:
    """Have the API server send the Pods or Deployments of one namespace through a webhook that rewrites images."""
    group, version, containers = _PLACES[plural]
    authority = trustme.CA()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(containers, rewrite))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    name = f"rewrite-{plural}-{namespace}"
    webhook = {
        "name": "rewrite.example.com",
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        "failurePolicy": "Fail",
        "clientConfig": {
            "url": f"https://127.0.0.1:{server.server_address[1]}/",
            "caBundle": base64.b64encode(authority.cert_pem.bytes()).decode(),
        },
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
        "rules": [
            {
                "apiGroups": [group],
                "apiVersions": [version],
                "resources": [plural],
                "operations": ["CREATE"] if plural == "pods" else ["CREATE", "UPDATE"],
            }
        ],
    }
    cluster.kubectl.apply(
        {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "MutatingWebhookConfiguration",
            "metadata": {"name": name},
            "webhooks": [webhook],
        }
    )
    try:
        yield
    finally:
        cluster.kubectl("delete", "mutatingwebhookconfiguration", name)
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(containers: str, rewrite: Callable[[str], str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["request"]
            review = {
                "apiVersion": "admission.k8s.io/v1",
                "kind": "AdmissionReview",
                "response": {"uid": request["uid"], "allowed": True, **_patch(request["object"], containers, rewrite)},
            }
            body = json.dumps(review).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    return Handler


def _patch(document: Any, containers: str, rewrite: Callable[[str], str]) -> dict[str, str]:
    found = document
    for step in containers.strip("/").split("/"):
        found = found[step]
    patch = [
        {"op": "replace", "path": f"{containers}/{place}/image", "value": rewrite(each["image"])}
        for place, each in enumerate(found)
    ]
    return {"patchType": "JSONPatch", "patch": base64.b64encode(json.dumps(patch).encode()).decode()}
