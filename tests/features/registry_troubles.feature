Feature: Registry troubles
  A registry that fails delays the workloads that need it, and says why.

  Background:
    Given the registry has shop in 1.0.0, 1.0.1
    And a watched workload runs shop:1.0.0

  Scenario: The registry is down for a while
    Given the registry is down
    When the next check is due
    And the next check is due
    Then its owner is told "RegistryError" about "shop" once
    And the workload still runs shop:1.0.0
    And nothing was written to the workload
    When the registry is back
    And the next check is due
    Then the workload comes to run shop:1.0.1
