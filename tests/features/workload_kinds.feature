Feature: Workload kinds
  All supported kinds are updated in the same way.

  Background:
    Given the registry has shop in 1.0.0

  Scenario Outline: A newer version appears
    Given a watched <kind> runs shop:1.0.0
    When version 1.0.1 of shop is published
    And the next check is due
    Then the workload runs shop:1.0.1
    And the rollout succeeds
    And an event reports a completed update: "shop:1.0.1"
    And the workload records the update from shop:1.0.0 to shop:1.0.1

    Examples:
      | kind        |
      | Deployment  |
      | StatefulSet |
      | DaemonSet   |
      | CronJob     |

  Scenario: An update that cannot be verified is reported as unverified
    Given a watched CronJob runs shop:1.0.0
    When version 1.0.1 of shop is published
    And the next check is due
    Then an event reports a completed update: "applied, not verified"

  Scenario: A paused workload is held until it is resumed
    Given a watched workload runs shop:1.0.0
    And it is paused
    When version 1.0.1 of shop is published
    And the next check is due
    Then the workload still runs shop:1.0.0
    And an event reports a held update once: "it is paused"
    When it is resumed
    And the next check is due
    Then the workload runs shop:1.0.1
