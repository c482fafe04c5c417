"""A real mutating admission webhook, which rewrites images as those of mirrors and digest pinners do."""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import trustme

from tests.cluster.cluster import Cluster
from tests.servers.http_server import HttpServer, QuietHandler, QuietServer

_PLACES: Final = {
    "pods": ("", "v1", "/spec/containers"),
    "deployments": ("apps", "v1", "/spec/template/spec/containers"),
}


@contextmanager
def rewriting_images(cluster: Cluster, namespace: str, plural: str, rewrite: Callable[[str], str]) -> Iterator[None]:
    """Have the API server send the Pods or Deployments of one namespace through a webhook that rewrites images."""
    group, version, containers = _PLACES[plural]
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server = AdmissionWebhook(containers, rewrite, context)
    name = f"rewrite-{plural}-{namespace}"
    webhook = {
        "name": "rewrite.example.com",
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        "failurePolicy": "Fail",
        "clientConfig": {
            "url": f"https://{server.host}/",
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
    configuration = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": name},
        "webhooks": [webhook],
    }
    with server:
        cluster.kubectl.apply(configuration)
        try:
            yield
        finally:
            cluster.kubectl("delete", "mutatingwebhookconfiguration", name)


class AdmissionWebhook(HttpServer):
    """Answers reviews of Pods or Deployments with a patch of the images at the path `containers`."""

    def __init__(self, containers: str, rewrite: Callable[[str], str], tls: ssl.SSLContext) -> None:
        super().__init__(_Handler, tls)
        self._containers = containers
        self._rewrite = rewrite

    def review(self, request: Any) -> dict[str, Any]:
        """The AdmissionReview that answers the request."""
        patch = _patch(request["object"], self._containers, self._rewrite)
        return {
            "apiVersion": "admission.k8s.io/v1",
            "kind": "AdmissionReview",
            "response": {"uid": request["uid"], "allowed": True, **patch},
        }


class _Handler(QuietHandler):
    server: QuietServer[AdmissionWebhook]

    def do_POST(self) -> None:  # noqa: N802 - the name is the library's
        review = self.server.owner.review(json.loads(self.content())["request"])
        self.respond(200, json.dumps(review).encode(), [("Content-Type", "application/json")])


def _patch(document: Any, containers: str, rewrite: Callable[[str], str]) -> dict[str, str]:
    found = document
    for step in containers.strip("/").split("/"):
        found = found[step]
    patch = [
        {"op": "replace", "path": f"{containers}/{place}/image", "value": rewrite(each["image"])}
        for place, each in enumerate(found)
    ]
    return {"patchType": "JSONPatch", "patch": base64.b64encode(json.dumps(patch).encode()).decode()}
