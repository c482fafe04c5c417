Feature: Manual checks
  Owners can request a check at any time and get its result.

  Background:
    Given the registry has shop in 1.0.0

  Scenario: An update is available
    Given a watched workload runs shop:1.0.0
    When version 1.0.1 of shop is published
    And its owner sets check-now to "please"
    Then the workload runs shop:1.0.1
    And an event reports a completed manual check: "update to"
    And the request is removed

  Scenario: No update is available
    Given a watched workload runs shop:1.0.0
    When its owner sets check-now to "please"
    Then an event reports a completed manual check once: "up to date"
    And the request is removed
    And the workload still runs shop:1.0.0

  Scenario: The workload is not watched
    Given a workload runs shop:1.0.0 with enabled set to false
    When version 1.0.1 of shop is published
    And its owner sets check-now to "please"
    Then the workload still runs shop:1.0.0
    And the workload is unchanged
