"""The file with the channels: what it takes, and what it says about errors without showing secrets."""

from __future__ import annotations

from pathlib import Path

import pytest

from watch_cluster.adapters.notifications.channels.specs import InvalidChannels, read_channels
from watch_cluster.domain.rollout.notification import NotificationType

SECRET = "hooks.slack.example/services/T0/B0/secret"


def written(folder: Path, text: str) -> Path:
    path = folder / "notifications.yaml"
    path.write_text(text)
    return path


def test_reads_channels_of_every_kind(tmp_path: Path) -> None:
    text = f"""
channels:
  team-a:
    slack: https://{SECRET}
    types: [IMAGE_ROLLOUT_FAILED]
    namespaces: [shop]
    template: "{{workload}}: {{reason}}"
  rooms: {{teams: "https://a.example/b"}}
  daily: {{slack: "https://a.example/b", digest: "0 9 * * 1-5", timezone: Asia/Seoul}}
  voices: {{discord: "https://a.example/b"}}
  phone: {{telegram: {{token: "1:a", chat: "-100"}}}}
  push: {{ntfy: {{topic: updates}}}}
  mail: {{email: {{server: smtp.example, from: a@b.example, to: [c@d.example]}}}}
  others: {{apprise: "json://a.example"}}
"""
    channels = read_channels(written(tmp_path, text))
    assert len(channels) == 8
    assert channels["team-a"].types == (NotificationType.IMAGE_ROLLOUT_FAILED,)
    assert channels["team-a"].namespaces == ("shop",)
    assert NotificationType.DEPLOYMENT_DETECTED not in channels["rooms"].types
    assert SECRET not in repr(channels)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("", "Input should be a valid dictionary", id="nothing"),
        pytest.param("channels: {a: {}}", "a channel has exactly one of slack, teams", id="no transport"),
        pytest.param(
            f"channels: {{a: {{slack: 'https://{SECRET}', teams: 'https://{SECRET}'}}}}", "exactly one", id="two"
        ),
        pytest.param(f"channels: {{a: {{slack: 'ftp://{SECRET}'}}}}", "this is not a URL", id="no URL"),
        pytest.param(f"channels: {{a: {{slack: 'https://{SECRET}', tpyes: []}}}}", "Extra inputs", id="a typo"),
        pytest.param(f"channels: {{a: {{slack: 'https://{SECRET}', types: [NO]}}}}", "types", id="an unknown type"),
        pytest.param(f"channels: {{A: {{slack: 'https://{SECRET}'}}}}", "'A' is not a name", id="a name"),
        pytest.param(
            f"channels: {{a: {{slack: 'https://{SECRET}', template: '{{x}}'}}}}", "unknown field", id="a template"
        ),
        pytest.param(f"channels: {{a: {{slack: 'https://{SECRET}', digest: daily}}}}", "no schedule", id="no schedule"),
        pytest.param(
            f"channels: {{a: {{slack: 'https://{SECRET}', digest: '0 0 9 * * ?', timezone: Mars/Base}}}}",
            "write a name of the IANA time zone database",
            id="a time zone",
        ),
        pytest.param(
            f"channels: {{a: {{slack: 'https://{SECRET}', timezone: UTC}}}}", "that of a digest", id="no digest"
        ),
        pytest.param(
            f"channels: {{a: {{slack: 'https://{SECRET}', digest: '0 0 9 * * ?', template: '{{reason}}'}}}}",
            "a digest has no template",
            id="a digest with a template",
        ),
        pytest.param(f"channels: [{SECRET}", "is not YAML", id="no YAML"),
        pytest.param("a" * 300_000, "is larger than", id="too large"),
    ],
)
def test_an_error_is_one_line_without_secrets(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(InvalidChannels) as raised:
        read_channels(written(tmp_path, text))
    message = str(raised.value)
    assert why in message
    assert "\n" not in message
    assert SECRET not in message


def test_reports_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidChannels, match="cannot be read"):
        read_channels(tmp_path / "nothing.yaml")
