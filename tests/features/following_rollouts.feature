Feature: Following rollouts
  An update is done when the workload runs it, not when it was asked to.

  Background:
    Given the registry has shop in 1.0.0

  Rule: A rollout is followed to its end

    Scenario: It takes its time and completes
      Given version 1.0.1 of shop is slow to get ready
      And a watched workload runs shop:1.0.0
      When the next check is due
      Then a rollout to shop:1.0.1 is on record as running
      And the rollout is closed as done
      And its owner is told "ImageUpdated" about "shop:1.0.1"

    Scenario: It is scaled meanwhile
      Given version 1.0.1 of shop is slow to get ready
      And a watched workload runs shop:1.0.0
      When the next check is due
      And the workload comes to run shop:1.0.1
      And it is scaled to 3 instances
      Then the rollout is closed as done

    Scenario: The orchestrator gives it up
      Given version 1.0.1 of shop never gets ready
      And a watched workload runs shop:1.0.0 and may take 5 seconds to make progress
      When the next check is due
      Then the rollout is closed as rolled-back
      And its owner is told "ImageUpdateFailed" about "progress deadline"
      And the workload remembers no update

    Scenario: Nothing moves for too long
      Given version 1.0.1 of shop never gets ready
      And a watched workload without a deadline of its own runs shop:1.0.0 with rollout-timeout set to 12m
      When the next check is due
      And the rollout comes to a halt
      And 13 minutes pass
      Then the rollout is closed as rolled-back
      And its owner is told "ImageUpdateFailed" about "no progress for 0:12:00"

    Scenario: Somebody sets another image meanwhile
      Given version 1.0.1 of shop never gets ready
      And a watched workload runs shop:1.0.0
      When the next check is due
      And the workload comes to run shop:1.0.1
      And somebody sets its image to shop:0.9.0
      Then the rollout is closed as superseded
      And its owner is told "ImageUpdateFailed" about "somebody set the image"
      And the workload still runs shop:0.9.0

  Rule: A rollout outlives the process that started it

    Scenario: The controller is killed and started again
      Given version 1.0.1 of shop is slow to get ready
      And a watched workload runs shop:1.0.0
      When the next check is due
      And the workload comes to run shop:1.0.1
      And the controller is killed and started again
      Then the rollout is closed as done
      And its owner is told "ImageUpdated" about "shop:1.0.1" once
