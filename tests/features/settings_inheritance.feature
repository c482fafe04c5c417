Feature: Settings inheritance
  Container settings override those of the workload, the namespace and the controller, in this order.

  Background:
    Given the registry has shop in 1.0.0, 1.1.0, 2.0.0

  Rule: The namespace provides defaults

    Scenario: The namespace locks the major version
      Given the namespace sets strategy to "version-lock-major"
      And a watched workload runs shop:1.0.0
      When the next check is due
      Then the workload runs shop:1.1.0

    Scenario: The workload overrides the namespace
      Given the namespace sets strategy to "version-lock-major"
      And a watched workload runs shop:1.0.0 with strategy set to "version"
      When the next check is due
      Then the workload runs shop:2.0.0

    Scenario: The container overrides the workload and the namespace
      Given the namespace sets strategy to "version"
      And a watched workload has a container setting: strategy set to "version-lock-major"
      When the next check is due
      Then the workload runs shop:1.1.0

    Scenario: A namespace cannot opt workloads in
      Given the namespace sets strategy to "version"
      And a workload runs shop:1.0.0 with enabled not set
      When the next check is due
      Then the workload still runs shop:1.0.0
      And the workload is unchanged

    Scenario: An invalid namespace setting holds only the workloads that inherit it
      Given the namespace sets strategy to "newest"
      And a watched workload runs shop:1.0.0 with strategy set to "version"
      And another workload runs the image shop:1.0.0
      When the next check is due
      Then the workload runs shop:2.0.0
      And the other workload still runs shop:1.0.0
      And an event reports an invalid configuration for the other workload once: "of the namespace: 'newest'"

    Scenario: A changed namespace setting takes effect at once
      Given a watched workload runs shop:1.0.0
      When the namespace sets cron to "0 0 0 1 1 ? 2050"
      Then the next check is at 2050-01-01T00:00:00Z
