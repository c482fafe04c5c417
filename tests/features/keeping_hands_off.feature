Feature: Keeping hands off
  Where somebody else decides, nothing is rolled out, and it is said why.

  Background:
    Given the registry has shop in 1.0.0, 1.0.1

  Rule: Nothing starts in a frozen namespace

    Scenario: A freeze comes and goes
      Given a watched workload runs shop:1.0.0
      And the namespace is frozen for "release week"
      When the next check is due
      Then the workload still runs shop:1.0.0
      And its owner is told "UpdateHeld" about "is frozen: release week" once
      When the namespace is no longer frozen
      And the next check is due
      Then the workload comes to run shop:1.0.1

    Scenario: A rollout in flight goes on
      Given version 1.0.2 of shop is slow to get ready
      And a watched workload runs shop:1.0.0
      When the next check is due
      Then the workload comes to run shop:1.0.2
      When the namespace is frozen for "release week"
      Then the rollout is closed as done

  Rule: What another object controls is left to it

    Scenario: A workload that somebody else makes
      Given a watched workload that another object controls runs shop:1.0.0
      When the next check is due
      Then the workload still runs shop:1.0.0
      And its owner is told "UpdateHeld" about "would revert a new image" once
