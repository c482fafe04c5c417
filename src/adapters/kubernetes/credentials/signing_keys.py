"""The public keys that owners keep in Secrets of their namespace."""

from __future__ import annotations

from typing import Final

import msgspec

from watch_cluster.adapters.kubernetes.client.api import ApiRefused, ApiTooLarge, ApiUnreachable, KubernetesApi
from watch_cluster.adapters.kubernetes.client.decoding import decode
from watch_cluster.adapters.kubernetes.watch.listing import remedy
from watch_cluster.application.ports.orchestrator.signing_keys import KeyUnavailable
from watch_cluster.domain.policy.values.verification import PublicKey, SecretKeyRef
from watch_cluster.domain.workload.workload import Workload
from watch_cluster.tools.time_limit import seconds_left

REQUEST_SECONDS: Final = 10.0
MAX_SECRET_BYTES: Final = 1024 * 1024
MAX_KEY_BYTES: Final = 16 * 1024


class _Secret(msgspec.Struct):
    """Part of core/v1 Secret; the values are base64."""

    data: dict[str, str] | None = None


class _Value(msgspec.Struct):
    value: bytes


_SECRETS: Final = msgspec.json.Decoder(_Secret)


class KubernetesSigningKeys:
    """Implements the port `SigningKeys` with Secrets, each read when it is needed."""

    def __init__(self, api: KubernetesApi) -> None:
        self._api = api

    def read(self, workload: Workload, reference: SecretKeyRef) -> PublicKey:
        """Return the key of the Secret. Raises `KeyUnavailable`, which quotes nothing of it."""
        where = f"the Secret {reference.secret} in namespace {workload.key.namespace}"
        path = f"/api/v1/namespaces/{workload.key.namespace}/secrets/{reference.secret}"
        try:
            timeout = seconds_left(REQUEST_SECONDS)
            body = self._api.request("GET", path, timeout=timeout, max_bytes=MAX_SECRET_BYTES)
            encoded = (decode(_SECRETS, body).data or {}).get(reference.key)
            pem = b"" if encoded is None else msgspec.convert({"value": encoded}, _Value).value
        except (ApiUnreachable, ApiRefused, ApiTooLarge) as error:
            raise KeyUnavailable(f"{where} cannot be read: {error}{remedy(error)}") from error
        except (msgspec.MsgspecError, ValueError):
            raise KeyUnavailable(f"{where} cannot be read: it is not a Secret as Kubernetes has them") from None
        if not pem or len(pem) > MAX_KEY_BYTES:
            problem = f"has no key {reference.key}" if not pem else f"has more than {MAX_KEY_BYTES} bytes there"
            raise KeyUnavailable(f"{where} {problem}: write the content of cosign.pub into it")
        return PublicKey(f"{reference} of namespace {workload.key.namespace}", pem)
