Feature: Opting in
  Nothing is changed that its owner did not put in our hands.

  Background:
    Given the registry has shop in 1.0.0, 1.0.1

  Scenario Outline: Only an annotation opts in
    Given a workload runs shop:1.0.0 with enabled set to <enabled>
    When the next check is due
    Then the workload still runs shop:1.0.0
    And nothing was written to the workload

    Examples:
      | enabled |
      | false   |
      | nothing |

  Scenario: Opting in later
    Given a workload runs shop:1.0.0 with enabled set to false
    When its owner sets enabled to true
    And the next check is due
    Then the workload comes to run shop:1.0.1

  Scenario: Opting out
    Given a watched workload runs shop:1.0.0
    When its owner sets enabled to false
    And the next check is due
    Then the workload still runs shop:1.0.0

  Scenario: A workload that is deleted is forgotten
    Given a watched workload runs shop:1.0.0
    When the workload is deleted
    And the next check is due
    Then no check is planned for it

  Scenario: Opting out in mid-rollout
    Given version 1.0.1 of shop never gets ready
    And a watched workload runs shop:1.0.0
    When the next check is due
    And the workload comes to run shop:1.0.1
    And its owner sets enabled to false
    Then the rollout is closed as superseded
    And the workload still runs shop:1.0.1
