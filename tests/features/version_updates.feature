Feature: Version updates
  A workload that opted in follows the newest version of its image, and nothing else.

  Background:
    Given the registry has shop in 1.0.0

  Rule: The newest version of the same kind is rolled out

    Scenario: A newer version appears
      Given a watched workload runs shop:1.0.0
      When version 1.0.1 of shop is published
      And the next check is due
      Then the workload comes to run shop:1.0.1
      And its owner is told "ImageUpdated" about "shop:1.0.1"
      And the workload remembers the update from shop:1.0.0 to shop:1.0.1

    Scenario Outline: The choice is made by version, not by name or by date
      Given the registry has shop in <published>
      And a watched workload runs shop:<running>
      When the next check is due
      Then the workload comes to run shop:<expected>

      Examples:
        | published                   | running      | expected     |
        | 1.0.9, 1.0.10               | 1.0.0        | 1.0.10       |
        | 1.1.0, 2.0.0-rc1            | 1.0.0        | 1.1.0        |
        | 1.25-alpine, 1.26-alpine    | 1.25-alpine  | 1.26-alpine  |
        | v1.0.0, v1.0.2              | v1.0.0       | v1.0.2       |
        | 1.0.0-rc1, 1.0.0-rc2        | 1.0.0-rc1    | 1.0.0        |

  Rule: What is not newer or not alike is left alone

    Scenario Outline: Nothing newer of the same kind
      Given the registry has shop in <published>
      And a watched workload runs shop:<running>
      When the next check is due
      Then the workload still runs shop:<running>
      And nothing was written to the workload
      And its owner is told nothing

      Examples:
        | published                  | running | why            |
        | 0.9.0                      | 1.0.0   | older          |
        | 1.0.1-alpine               | 1.0.0   | other variant  |
        | 1.25, 1.25.3               | 1.25    | other shape    |
        | 2.0.0-beta                 | 1.0.0   | prerelease     |
        | latest, 20240115, a1b2c3d  | 1.0.0   | no version     |

  Rule: A major version may be locked

    Scenario Outline: Only minor and patch versions are taken
      Given the registry has shop in <published>
      And a watched workload runs shop:<running> with strategy set to "version-lock-major"
      When the next check is due
      Then the workload comes to run shop:<expected>

      Examples:
        | published              | running | expected |
        | v1.0.0, v1.1.0, v2.0.0 | v1.0.0  | v1.1.0   |
        | v1.0.0, v1.0.1, v2.0.0 | v1.0.0  | v1.0.1   |
        | v0.5.0, v0.6.0, v1.0.0 | v0.5.0  | v0.6.0   |
        | v0.5.0, v0.5.1, v1.0.0 | v0.5.0  | v0.5.1   |

    Scenario: Only a new major version
      Given the registry has shop in v1.0.0, v2.0.0
      And a watched workload runs shop:v1.0.0 with strategy set to "version-lock-major"
      When the next check is due
      Then the workload still runs shop:v1.0.0
      And nothing was written to the workload
