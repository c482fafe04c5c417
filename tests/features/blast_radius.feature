Feature: Blast radius
  A bad image affects only a few workloads.

  Background:
    Given the registry has shop in 1.0.0

  Rule: The number of simultaneous rollouts is limited

    Scenario: Other workloads wait for the rollout in progress
      Given at most one rollout runs at a time
      And a watched workload runs shop:1.0.0
      And another workload runs the image shop:1.0.0
      When version 1.0.1 of shop is published
      And the next check is due
      Then both workloads run shop:1.0.1

    Scenario: The owner of a waiting workload is notified
      Given at most one rollout runs at a time
      And version 1.0.1 of shop never becomes ready
      And a watched workload runs shop:1.0.0
      When the next check is due
      Then a rollout to shop:1.0.1 is in progress
      Given another workload runs the image shop:1.0.0
      When the next check is due
      Then an event reports an available update for the other workload once: "waits for a rollout slot"
      And the other workload still runs shop:1.0.0
      When 6 minutes pass
      Then the rollout is rolled back

    Scenario: A rollout that soaks delays no other workload
      Given at most one rollout runs at a time
      And the registry has shop in 1.0.1
      And a watched workload runs shop:1.0.0 with soak set to "2h"
      When the next check is due
      And the workload runs shop:1.0.1
      And all its replicas are ready
      Given another workload runs the image shop:1.0.0
      When the next check is due
      Then the other workload runs shop:1.0.1

    Scenario: A freeze stops waiting updates
      Given at most one rollout runs at a time
      And version 1.0.1 of shop never becomes ready
      And a watched workload runs shop:1.0.0
      When the next check is due
      Then a rollout to shop:1.0.1 is in progress
      Given another workload runs the image shop:1.0.0
      When the next check is due
      Then the other workload still runs shop:1.0.0
      When the namespace is frozen for "release week"
      And 11 minutes pass
      Then the rollout is rolled back
      And an event reports a held update for the other workload: "is frozen: release week"
      And the other workload still runs shop:1.0.0

  Rule: An image that fails everywhere is not rolled out further

    Scenario: The image has failed on three other workloads
      Given shop:1.0.1 has failed on three other workloads
      And a watched workload runs shop:1.0.0
      When the next check is due
      Then an event reports a held update once: "succeeded on no workload"
      And the workload still runs shop:1.0.0

    Scenario: The owner approves the image anyway
      Given shop:1.0.1 has failed on three other workloads
      And a watched workload runs shop:1.0.0
      When the next check is due
      Then an event reports a held update once: "succeeded on no workload"
      When its owner sets approved to "1.0.1"
      Then shop:1.0.1 is quarantined

  Rule: Namespaces learn of the failures of others, but not of each other's workloads

    Scenario: The image has failed in three other namespaces
      Given shop:1.0.1 has failed in three other namespaces
      And a watched workload runs shop:1.0.0
      When the next check is due
      Then an event reports a held update once: "failed in 3 other namespaces and succeeded on no workload"
      And no event of the workload mentions "payments"
      And the workload still runs shop:1.0.0

    Scenario: The owner wants an image that has failed in other namespaces
      Given shop:1.0.1 has failed in three other namespaces
      And a watched workload runs shop:1.0.0
      When the next check is due
      Then an event reports a held update once: "failed in 3 other namespaces and succeeded on no workload"
      When its owner sets approved to "1.0.1"
      Then shop:1.0.1 is quarantined

    Scenario: One namespace alone holds nothing back for others
      Given shop:1.0.1 has failed on three workloads of another namespace
      And a watched workload runs shop:1.0.0
      When the next check is due
      Then the rollout is rolled back
