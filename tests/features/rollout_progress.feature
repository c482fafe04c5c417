Feature: Rollout progress
  An update is complete when all replicas run it.

  Background:
    Given the registry has shop in 1.0.0

  Rule: Every rollout is followed to its end

    Scenario: A slow rollout completes
      Given version 1.0.1 of shop is slow to become ready
      And a watched workload runs shop:1.0.0
      When the next check is due
      Then a rollout to shop:1.0.1 is in progress
      And the rollout succeeds
      And an event reports a completed update: "shop:1.0.1"

    Scenario: The workload is scaled during the rollout
      Given version 1.0.1 of shop is slow to become ready
      And a watched workload runs shop:1.0.0
      When the next check is due
      And the workload runs shop:1.0.1
      And it is scaled to 3 replicas
      Then the rollout succeeds

    Scenario: The progress deadline of the workload expires
      Given version 1.0.1 of shop never becomes ready
      And a watched workload runs shop:1.0.0 with a progress deadline of 5 seconds
      When the next check is due
      Then the rollout is rolled back
      And an event reports a failed update: "progress deadline"
      And the workload records no update

    Scenario: The rollout timeout expires
      Given version 1.0.1 of shop never becomes ready
      And a watched workload without a progress deadline runs shop:1.0.0 with rollout-timeout set to 12m
      When the next check is due
      And the rollout stops making progress
      And 13 minutes pass
      Then the rollout is rolled back
      And an event reports a failed update: "no progress for 0:12:00"

    Scenario: A user sets another image during the rollout
      Given version 1.0.1 of shop never becomes ready
      And a watched workload runs shop:1.0.0
      When the next check is due
      And the workload runs shop:1.0.1
      And a user sets its image to shop:0.9.0
      Then the rollout is superseded
      And an event reports a failed update: "somebody set the image"
      And the workload still runs shop:0.9.0

  Rule: Rollouts survive a restart of the controller

    Scenario: The controller is killed and started again
      Given version 1.0.1 of shop is slow to become ready
      And a watched workload runs shop:1.0.0
      When the next check is due
      And the workload runs shop:1.0.1
      And the controller is killed and started again
      Then the rollout succeeds
      And an event reports a completed update once: "shop:1.0.1"
