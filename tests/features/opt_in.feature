Feature: Opt-in
  Only workloads whose owners opt in are changed.

  Background:
    Given the registry has shop in 1.0.0, 1.0.1

  Scenario Outline: Without the annotation, nothing is changed
    Given a workload runs shop:1.0.0 with enabled <enabled>
    When the next check is due
    Then the workload still runs shop:1.0.0
    And the workload is unchanged

    Examples:
      | enabled      |
      | set to false |
      | not set      |

  Scenario: An owner opts in later
    Given a workload runs shop:1.0.0 with enabled set to false
    When its owner sets enabled to true
    And the next check is due
    Then the workload runs shop:1.0.1

  Scenario: An owner opts out
    Given a watched workload runs shop:1.0.0
    When its owner sets enabled to false
    And the next check is due
    Then the workload still runs shop:1.0.0

  Scenario: A deleted workload is no longer checked
    Given a watched workload runs shop:1.0.0
    When the workload is deleted
    And the next check is due
    Then no check is scheduled for it

  Scenario: An owner opts out during a rollout
    Given version 1.0.1 of shop never becomes ready
    And a watched workload runs shop:1.0.0
    When the next check is due
    And the workload runs shop:1.0.1
    And its owner sets enabled to false
    Then the rollout is superseded
    And the workload still runs shop:1.0.1
