"""What an image says about itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from watch_cluster.domain.images.origin import NO_ORIGIN, ImageOrigin


@dataclass(frozen=True, slots=True)
class ImageDescription:
    """When an image was built, with a time zone, None if it states none, and where it comes from."""

    created: datetime | None = None
    origin: ImageOrigin = NO_ORIGIN
