Feature: Freezes and managed workloads
  Updates are held, with a reason, where someone else is in control.

  Background:
    Given the registry has shop in 1.0.0, 1.0.1

  Rule: No rollout starts in a frozen namespace

    Scenario: A namespace is frozen and unfrozen
      Given a watched workload runs shop:1.0.0
      And the namespace is frozen for "release week"
      When the next check is due
      Then the workload still runs shop:1.0.0
      And an event reports a held update once: "is frozen: release week"
      When the namespace is no longer frozen
      And the next check is due
      Then the workload runs shop:1.0.1

    Scenario: A rollout in progress continues
      Given version 1.0.2 of shop is slow to become ready
      And a watched workload runs shop:1.0.0
      When the next check is due
      Then the workload runs shop:1.0.2
      When the namespace is frozen for "release week"
      Then the rollout succeeds

  Rule: Workloads that another object manages are not updated

    Scenario: An operator manages the workload
      Given a watched workload that another object manages runs shop:1.0.0
      When the next check is due
      Then the workload still runs shop:1.0.0
      And an event reports a held update once: "would revert the update"
