Feature: Blast radius
  What goes wrong goes wrong on few workloads only.

  Background:
    Given the registry has shop in 1.0.0

  Rule: Only so many rollouts are in flight at once

    Scenario: The others wait for their turn
      Given one rollout at a time is allowed
      And a watched workload runs shop:1.0.0
      And another workload runs the image shop:1.0.0
      When version 1.0.1 of shop is published
      And the next check is due
      Then both of the workloads come to run shop:1.0.1

    Scenario: A freeze in the middle of many updates
      Given one rollout at a time is allowed
      And the registry has shop in 1.0.1
      And a watched workload runs shop:1.0.0 with soak set to "10m"
      When the next check is due
      And the workload comes to run shop:1.0.1
      And all its instances are well
      Given another workload runs the image shop:1.0.0
      When the next check is due
      Then the other workload still runs shop:1.0.0
      When the namespace is frozen for "release week"
      And 11 minutes pass
      Then the rollout is closed as done
      And the other's owner is told "UpdateHeld" about "is frozen: release week"
      And the other workload still runs shop:1.0.0

  Rule: What fails everywhere is not tried everywhere

    Scenario: It has failed on three others
      Given shop:1.0.1 has failed on three other workloads
      And a watched workload runs shop:1.0.0
      When the next check is due
      Then its owner is told "UpdateHeld" about "has gone well nowhere" once
      And the workload still runs shop:1.0.0
