"""What people read about a notification, in plain text."""

from __future__ import annotations

from dataclasses import dataclass
from string import Formatter
from typing import Final

from watch_cluster.domain.printable import printable
from watch_cluster.domain.rollout.notification import Notification, NotificationType

MAX_CHARACTERS: Final = 1500
"""Discord takes 2,000 characters, and escaping makes a text longer."""
_PHRASES: Final = {
    NotificationType.DEPLOYMENT_DETECTED: "is watched, with {images}",
    NotificationType.IMAGE_ROLLOUT_STARTED: "is being updated to {images}",
    NotificationType.IMAGE_ROLLOUT_COMPLETED: "was updated to {images}",
    NotificationType.IMAGE_ROLLOUT_FAILED: "could not be updated to {images}",
    NotificationType.IMAGE_ROLLED_BACK: "was rolled back to {images}",
    NotificationType.UPDATE_AVAILABLE: "can be updated to {images}",
    NotificationType.APPROVAL_NEEDED: "waits for your approval of {images}",
    NotificationType.UPDATE_HELD: "is held back",
    NotificationType.CONFIGURATION_INVALID: "has invalid settings",
    NotificationType.REGISTRY_ERROR: "cannot be checked: its registry reports an error",
}
FIELDS: Final = ("type", "workload", "namespace", "kind", "name", "images", "reason", "links")
"""What a template may contain in braces."""
_ALLOWED: Final = ", ".join(f"{{{each}}}" for each in FIELDS)
DEFAULT_TEMPLATE: Final = "{reason}\n{links}"


class InvalidTemplate(ValueError):  # noqa: N818 - the name says what is wrong
    """The template has other fields than those that there are. The message is one line."""


@dataclass(frozen=True, slots=True)
class Message:
    """A title of one line, and a text, which may be empty. Both are printable and bounded."""

    title: str
    text: str = ""

    @property
    def whole(self) -> str:
        """Title and text, for channels without titles."""
        return f"{self.title}\n{self.text}" if self.text else self.title


def check_template(template: str) -> None:
    """Raise `InvalidTemplate` unless it contains plain fields alone: a field can be no way into our objects."""
    try:
        fields = [(name, spec, conversion) for _, name, spec, conversion in Formatter().parse(template)]
    except ValueError as error:
        raise InvalidTemplate(f"the template is not complete: {error}") from error
    for name, spec, conversion in fields:
        if name is not None and (name not in FIELDS or spec or conversion):
            raise InvalidTemplate(f"the template has an unknown field: write {_ALLOWED}")


def message_of(notification: Notification, template: str = DEFAULT_TEMPLATE) -> Message:
    """Say what happened to which workload, and below it what the template says."""
    key = notification.workload
    images = ", ".join(each.image for each in notification.containers)
    phrase = _PHRASES[notification.type].format(images=images)
    text = template.format(
        type=notification.type.value,
        workload=str(key),
        namespace=key.namespace,
        kind=key.kind,
        name=key.name,
        images=images,
        reason=notification.details.get("reason", ""),
        links="\n".join(dict.fromkeys(str(each) for each in notification.origins.values())),
    )
    lines = [printable(line) for line in text.splitlines()]
    title, text = printable(f"{key} {phrase}"), "\n".join(lines).strip()
    return Message(title[: MAX_CHARACTERS // 3], text[: 2 * MAX_CHARACTERS // 3])
