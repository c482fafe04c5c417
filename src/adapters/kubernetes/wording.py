"""What Kubernetes calls things that messages of the core mention."""

from __future__ import annotations

from typing import Final

ALWAYS_PULL: Final = "imagePullPolicy: Always"
"""An image that is pulled at every start."""
