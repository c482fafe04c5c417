Feature: Where settings come from
  What is nearest to the container counts: its own, the workload's, the namespace's, the controller's.

  Background:
    Given the registry has shop in 1.0.0, 1.1.0, 2.0.0

  Rule: The namespace speaks for workloads that say nothing

    Scenario: The namespace locks the major version
      Given the namespace sets strategy to "version-lock-major"
      And a watched workload runs shop:1.0.0
      When the next check is due
      Then the workload comes to run shop:1.1.0

    Scenario: The workload knows better
      Given the namespace sets strategy to "version-lock-major"
      And a watched workload runs shop:1.0.0 with strategy set to "version"
      When the next check is due
      Then the workload comes to run shop:2.0.0

    Scenario: The container knows best
      Given the namespace sets strategy to "version"
      And a workload is watched with a container setting of its own: strategy set to "version-lock-major"
      When the next check is due
      Then the workload comes to run shop:1.1.0

    Scenario: A namespace opts nobody in
      Given the namespace sets strategy to "version"
      And a workload runs shop:1.0.0 with enabled set to nothing
      When the next check is due
      Then the workload still runs shop:1.0.0
      And nothing was written to the workload

    Scenario: A bad setting of the namespace holds back who depends on it, and nobody else
      Given the namespace sets strategy to "newest"
      And a watched workload runs shop:1.0.0 with strategy set to "version"
      And another workload runs the image shop:1.0.0
      When the next check is due
      Then the workload comes to run shop:2.0.0
      And the other workload still runs shop:1.0.0
      And the other's owner is told "InvalidConfiguration" about "of the namespace: 'newest'" once

    Scenario: What the namespace says takes effect at once
      Given a watched workload runs shop:1.0.0
      When the namespace sets cron to "0 0 0 1 1 ? 2050"
      Then the next check is at 2050-01-01T00:00:00Z
