Feature: Registry failures
  A failing registry delays only the workloads that use it.

  Background:
    Given the registry has shop in 1.0.0, 1.0.1
    And a watched workload runs shop:1.0.0

  Scenario: The registry is temporarily unavailable
    Given the registry is down
    When the next check is due
    And the next check is due
    Then an event reports a registry error once: "shop"
    And the workload still runs shop:1.0.0
    And the workload is unchanged
    When the registry is back
    And the next check is due
    Then the workload runs shop:1.0.1
