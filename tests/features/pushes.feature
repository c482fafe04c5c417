Feature: Pushes
  Registries tell about pushes. A push is a hint: checks are due at once, and all rules hold.

  Background:
    Given the registry has shop in 1.0.0
    And the registry has cart in 1.0.0

  Scenario: The repository of the workload was pushed to
    Given a watched workload runs shop:1.0.0 with the schedule "0 0 0 1 1 ? 2099"
    When version 1.0.1 of shop is published
    And the registry tells that shop was pushed to
    Then the workload runs shop:1.0.1
    And the rollout succeeds

  Scenario: Another repository was pushed to
    Given a watched workload runs shop:1.0.0 with the schedule "0 0 0 1 1 ? 2099"
    When version 1.0.1 of shop is published
    And the registry tells that cart was pushed to
    Then the workload still runs shop:1.0.0

  Scenario: The update waits for approval
    Given a watched workload runs shop:1.0.0 with cron set to "0 0 0 1 1 ? 2099" and approval set to "required"
    When version 1.0.1 of shop is published
    And the registry tells that shop was pushed to
    Then an event reports an available update once: "approved: 1.0.1"
    And the workload still runs shop:1.0.0
