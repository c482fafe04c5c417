Feature: Notifications
  Webhooks report workloads and rollouts. An unavailable receiver never delays an update.

  Background:
    Given the registry has shop in 1.0.0

  Scenario: A workload is detected and updated
    Given a watched workload runs shop:1.0.0
    When version 1.0.1 of shop is published
    And the next check is due
    Then the receiver gets in order: detected 1.0.0, rollout started 1.0.1, rollout completed 1.0.1

  Scenario: A rollout fails
    Given version 1.0.1 of shop never becomes ready
    And a watched workload runs shop:1.0.0 with a progress deadline of 5 seconds
    When the next check is due
    Then the receiver gets in order: detected 1.0.0, rollout started 1.0.1, rollout failed 1.0.1, rolled back 1.0.0

  Scenario: A user changes the image
    Given a watched workload runs shop:1.0.0
    When a user sets its image to shop:0.9.0
    Then the receiver gets in order: detected 1.0.0, detected 0.9.0

  Scenario: The workload is not watched
    Given a workload runs shop:1.0.0 with enabled set to false
    When the next check is due
    Then the receiver gets nothing

  Scenario: The receiver is unavailable during the update
    Given the receiver is unavailable
    And a watched workload runs shop:1.0.0
    When version 1.0.1 of shop is published
    And the next check is due
    Then the workload runs shop:1.0.1
    And the rollout succeeds
    When the receiver is back
    And 6 minutes pass
    Then the receiver gets in order: rollout completed 1.0.1

  Scenario: The controller is killed while the receiver is unavailable
    Given the receiver is unavailable
    And a watched workload runs shop:1.0.0
    When version 1.0.1 of shop is published
    And the next check is due
    Then the rollout succeeds
    When the controller is killed and started again
    And the receiver is back
    And 6 minutes pass
    Then the receiver gets in order: rollout completed 1.0.1
