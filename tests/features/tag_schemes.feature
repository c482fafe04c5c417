Feature: Tag schemes
  Tags that can be read in more than one way move only as their owner means them.

  Rule: Which of two versions in a tag moves is the owner's decision

    Scenario: Two versions in one tag are held with a proposal
      Given the registry has shop in pg15.5-ts2.13.0, pg15.6-ts2.14.0, pg16.1-ts2.14.0
      And a watched workload runs shop:pg15.5-ts2.13.0
      When the next check is due
      Then the workload still runs shop:pg15.5-ts2.13.0
      And an event reports a held update once: "holds two versions"
      And an event reports a held update once: "tag-pattern"

    Scenario Outline: A pattern says which part of the tag is the version
      Given the registry has shop in <published>
      And a watched workload runs shop:<running> with tag-pattern set to "<pattern>"
      When the next check is due
      Then the workload runs shop:<expected>

      Examples:
        | published                                  | running          | pattern                              | expected         |
        | pg15.5-ts2.13.0, pg15.5-ts2.14.0, pg16.1-ts2.15.0 | pg15.5-ts2.13.0 | ^pg15\.5-ts(?P<version>.+)$   | pg15.5-ts2.14.0  |
        | main-a1b2c3d-17, main-fedcba9-18, dev-a1b2c3d-19  | main-a1b2c3d-17 | ^main-[0-9a-f]+-(?P<version>\d+)$ | main-fedcba9-18 |

    Scenario: The tag does not match its pattern
      Given the registry has shop in 1.0.0, 1.0.1
      And a watched workload runs shop:1.0.0 with tag-pattern set to "^v(?P<version>.+)$"
      When the next check is due
      Then the workload still runs shop:1.0.0
      And an event reports a held update once: "does not match tag-pattern"

  Rule: Some workloads stay behind the newest version

    Scenario Outline: The newest patch of an earlier version is selected
      Given the registry has shop in v1.28.3, v1.28.9, v1.29.4, v1.30.1, v1.31.0, v1.31.2
      And a watched workload runs shop:v1.28.3 with behind set to "<behind>"
      When the next check is due
      Then the workload runs shop:<expected>

      Examples:
        | behind | expected |
        | 0      | v1.31.2  |
        | 1      | v1.30.1  |
        | 2      | v1.29.4  |

  Rule: Databases keep their major version unless the owner sets a strategy

    Scenario: The next major version is available
      Given the registry has postgres in 15.4, 16.1
      And a watched workload runs postgres:15.4
      When the next check is due
      And the next check is due
      Then the workload still runs postgres:15.4
      And an event reports a held update once: "version-lock-major"

    Scenario: Minor versions are updated
      Given the registry has postgres in 15.4, 15.5, 16.1
      And a watched workload runs postgres:15.4
      When the next check is due
      Then the workload runs postgres:15.5

    Scenario Outline: The owner has decided
      Given the registry has postgres in 15.4, 15.5, 16.1
      And a watched workload runs postgres:15.4 with strategy set to "<strategy>"
      When the next check is due
      Then the workload runs postgres:<expected>

      Examples:
        | strategy           | expected |
        | version            | 16.1     |
        | version-lock-major | 15.5     |

  Rule: An image that was built long before what runs is no update

    Scenario: An old image has a newer version number
      Given the registry has shop in 1.0.0 built on 2025-03-01
      And the registry has shop in 9.0.0 built on 2021-03-01
      And a watched workload runs shop:1.0.0
      When the next check is due
      And the next check is due
      Then the workload still runs shop:1.0.0
      And an event reports a held update once: "built on 2021-03-01, before what runs (2025-03-01)"

    Scenario: An older candidate was built later
      Given the registry has shop in 1.0.0 built on 2025-03-01
      And the registry has shop in 1.0.1 built on 2025-04-01
      And the registry has shop in 9.0.0 built on 2021-03-01
      And a watched workload runs shop:1.0.0
      When the next check is due
      Then the workload runs shop:1.0.1

    Scenario: The owner approves it
      Given the registry has shop in 1.0.0 built on 2025-03-01
      And the registry has shop in 9.0.0 built on 2021-03-01
      And a watched workload runs shop:1.0.0 with approved set to "9.0.0"
      When the next check is due
      Then the workload runs shop:9.0.0
