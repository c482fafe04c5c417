Feature: Announcements
  Programs outside may hear of workloads and rollouts, and a receiver that is away changes nothing.

  Background:
    Given the registry has shop in 1.0.0

  Scenario: A workload and its update
    Given a watched workload runs shop:1.0.0
    When version 1.0.1 of shop is published
    And the next check is due
    Then the receiver hears of DEPLOYMENT_DETECTED 1.0.0, IMAGE_ROLLOUT_STARTED 1.0.1, IMAGE_ROLLOUT_COMPLETED 1.0.1 in this order

  Scenario: A rollout that fails
    Given version 1.0.1 of shop never gets ready
    And a watched workload runs shop:1.0.0 and may take 5 seconds to make progress
    When the next check is due
    Then the receiver hears of DEPLOYMENT_DETECTED 1.0.0, IMAGE_ROLLOUT_STARTED 1.0.1, IMAGE_ROLLOUT_FAILED 1.0.1, IMAGE_ROLLED_BACK 1.0.0 in this order

  Scenario: Somebody else changes the image
    Given a watched workload runs shop:1.0.0
    When somebody sets its image to shop:0.9.0
    Then the receiver hears of DEPLOYMENT_DETECTED 1.0.0, DEPLOYMENT_DETECTED 0.9.0 in this order

  Scenario: A workload that is not watched
    Given a workload runs shop:1.0.0 with enabled set to false
    When the next check is due
    Then the receiver hears of nothing

  Scenario: The receiver is away
    Given the receiver is away
    And a watched workload runs shop:1.0.0
    When version 1.0.1 of shop is published
    And the next check is due
    Then the workload comes to run shop:1.0.1
    And the rollout is closed as done
    When the receiver is back
    And 6 minutes pass
    Then the receiver hears of IMAGE_ROLLOUT_COMPLETED 1.0.1 in this order

  Scenario: The controller is killed before the receiver is back
    Given the receiver is away
    And a watched workload runs shop:1.0.0
    When version 1.0.1 of shop is published
    And the next check is due
    Then the rollout is closed as done
    When the controller is killed and started again
    And the receiver is back
    And 6 minutes pass
    Then the receiver hears of IMAGE_ROLLOUT_COMPLETED 1.0.1 in this order
