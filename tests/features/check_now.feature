Feature: Checking at once
  Whoever does not want to wait for the schedule asks, and gets an answer.

  Background:
    Given the registry has shop in 1.0.0

  Scenario: There is an update
    Given a watched workload runs shop:1.0.0
    When version 1.0.1 of shop is published
    And its owner sets check-now to "please"
    Then the workload comes to run shop:1.0.1
    And its owner is told "ManualCheckDone" about "update to"
    And the question is taken away

  Scenario: There is none
    Given a watched workload runs shop:1.0.0
    When its owner sets check-now to "please"
    Then its owner is told "ManualCheckDone" about "up to date" once
    And the question is taken away
    And the workload still runs shop:1.0.0

  Scenario: A workload that is not watched
    Given a workload runs shop:1.0.0 with enabled set to false
    When version 1.0.1 of shop is published
    And its owner sets check-now to "please"
    Then the workload still runs shop:1.0.0
    And nothing was written to the workload
