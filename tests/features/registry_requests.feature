Feature: Registry requests
  Registries limit requests, so workloads share them.

  Scenario: Workloads with the same repository share a request
    Given requests to the registry are counted
    And the registry has shop in 1.0.0
    And a watched workload runs shop:1.0.0
    And another workload runs the image shop:1.0.0
    When the next check is due
    Then the tags of shop are requested once
    When version 1.0.1 of shop is published
    And the next check is due
    Then the workload runs shop:1.0.1
    And the other workload runs shop:1.0.1
