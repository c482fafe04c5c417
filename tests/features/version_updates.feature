Feature: Version updates
  A watched workload is updated to the newest version of its image.

  Background:
    Given the registry has shop in 1.0.0

  Rule: The newest version with the same tag format is rolled out

    Scenario: A newer version appears
      Given a watched workload runs shop:1.0.0
      When version 1.0.1 of shop is published
      And the next check is due
      Then the workload runs shop:1.0.1
      And an event reports a completed update: "shop:1.0.1"
      And the workload records the update from shop:1.0.0 to shop:1.0.1

    Scenario Outline: Tags are ordered by version, not by name or date
      Given the registry has shop in <published>
      And a watched workload runs shop:<running>
      When the next check is due
      Then the workload runs shop:<expected>

      Examples:
        | published                   | running      | expected     |
        | 1.0.9, 1.0.10               | 1.0.0        | 1.0.10       |
        | 1.1.0, 2.0.0-rc1            | 1.0.0        | 1.1.0        |
        | 1.25-alpine, 1.26-alpine    | 1.25-alpine  | 1.26-alpine  |
        | v1.0.0, v1.0.2              | v1.0.0       | v1.0.2       |
        | 1.0.0-rc1, 1.0.0-rc2        | 1.0.0-rc1    | 1.0.0        |

  Rule: Older versions and other tag formats are ignored

    Scenario Outline: No newer version with the same format exists
      Given the registry has shop in <published>
      And a watched workload runs shop:<running>
      When the next check is due
      Then the workload still runs shop:<running>
      And the workload is unchanged
      And no event is reported

      Examples:
        | published                  | running | why            |
        | 0.9.0                      | 1.0.0   | older          |
        | 1.0.1-alpine               | 1.0.0   | other variant  |
        | 1.25, 1.25.3               | 1.25    | other shape    |
        | 2.0.0-beta                 | 1.0.0   | prerelease     |
        | latest, 20240115, a1b2c3d  | 1.0.0   | no version     |

  Rule: The major version can be locked

    Scenario Outline: Only minor and patch versions are selected
      Given the registry has shop in <published>
      And a watched workload runs shop:<running> with strategy set to "version-lock-major"
      When the next check is due
      Then the workload runs shop:<expected>

      Examples:
        | published              | running | expected |
        | v1.0.0, v1.1.0, v2.0.0 | v1.0.0  | v1.1.0   |
        | v1.0.0, v1.0.1, v2.0.0 | v1.0.0  | v1.0.1   |
        | v0.5.0, v0.6.0, v1.0.0 | v0.5.0  | v0.6.0   |
        | v0.5.0, v0.5.1, v1.0.0 | v0.5.0  | v0.5.1   |

    Scenario: Only a new major version exists
      Given the registry has shop in v1.0.0, v2.0.0
      And a watched workload runs shop:v1.0.0 with strategy set to "version-lock-major"
      When the next check is due
      Then the workload still runs shop:v1.0.0
      And the workload is unchanged
