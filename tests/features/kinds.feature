Feature: Every kind of workload
  Whatever runs containers for a long time, or again and again, is kept up to date in the same way.

  Background:
    Given the registry has shop in 1.0.0

  Scenario Outline: A newer version appears
    Given a watched <kind> runs shop:1.0.0
    When version 1.0.1 of shop is published
    And the next check is due
    Then the workload comes to run shop:1.0.1
    And the rollout is closed as done
    And its owner is told "ImageUpdated" about "shop:1.0.1"
    And the workload remembers the update from shop:1.0.0 to shop:1.0.1

    Examples:
      | kind        |
      | Deployment  |
      | StatefulSet |
      | DaemonSet   |
      | CronJob     |

  Scenario: What cannot be verified is not called verified
    Given a watched CronJob runs shop:1.0.0
    When version 1.0.1 of shop is published
    And the next check is due
    Then its owner is told "ImageUpdated" about "applied, not verified"

  Scenario: A paused workload waits until somebody resumes it
    Given a watched workload runs shop:1.0.0
    And it is paused
    When version 1.0.1 of shop is published
    And the next check is due
    Then the workload still runs shop:1.0.0
    And its owner is told "UpdateHeld" about "it is paused" once
    When it is resumed
    And the next check is due
    Then the workload comes to run shop:1.0.1
