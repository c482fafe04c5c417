Feature: Quota
  Registries count questions. However many workloads there are, few are asked.

  Scenario: Workloads of one repository ask once at each tick
    Given questions to the registry are counted
    And the registry has shop in 1.0.0
    And a watched workload runs shop:1.0.0
    And another workload runs the image shop:1.0.0
    When the next check is due
    Then the registry was asked for the tags of shop once
    When version 1.0.1 of shop is published
    And the next check is due
    Then the workload comes to run shop:1.0.1
    And the other workload comes to run shop:1.0.1
