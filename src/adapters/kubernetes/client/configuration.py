"""Where the API server is, and the credentials for it: from a kubeconfig or from the pod."""

from __future__ import annotations

import os
from typing import Any

import structlog
import urllib3

from watch_cluster.adapters.kubernetes.client.errors import NoApiServer, describe


def load_configuration(kubeconfig: str | None, context: str | None = None) -> Any:
    """The client's configuration; without a kubeconfig the pod's own, and outside of a pod the default kubeconfig.

    Raises `NoApiServer`.
    """
    from kubernetes import client, config

    configuration = client.Configuration()
    in_pod = kubeconfig is None and context is None and bool(os.environ.get("KUBERNETES_SERVICE_HOST"))
    try:
        if in_pod:
            config.load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call]
        else:
            config.load_kube_config(  # type: ignore[no-untyped-call]
                config_file=kubeconfig, context=context, client_configuration=configuration
            )
    except Exception as error:  # the loader raises arbitrary errors for an invalid file
        raise NoApiServer(_no_cluster(kubeconfig, in_pod, error)) from error
    return configuration


def say_once_that_nothing_is_verified() -> None:
    """Log it in one line; urllib3 would warn on each connection, on standard error and not in the log."""
    urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    structlog.get_logger().warning(
        "the certificate of the API server is not verified: the kubeconfig says insecure-skip-tls-verify"
    )


def _no_cluster(kubeconfig: str | None, in_pod: bool, error: Exception) -> str:
    if in_pod:
        return f"no cluster to talk to: the pod's service account cannot be used ({describe(error)})"
    where = kubeconfig or os.environ.get("KUBECONFIG") or "~/.kube/config"
    return f"no cluster to talk to: {where} cannot be used ({describe(error)}): set KUBECONFIG to a kubeconfig"
