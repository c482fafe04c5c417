Feature: Somebody else's hand
  Who goes back to an older image has a reason, and is never fought.

  Background:
    Given the registry has shop in 0.9.0, 1.0.0

  Rule: What somebody takes back is not rolled out again

    Scenario Outline: A rollout is undone
      Given a watched <kind> runs shop:1.0.0
      When version 1.0.1 of shop is published
      And the next check is due
      Then the rollout is closed as done
      When somebody undoes the rollout
      And the workload comes to run shop:1.0.0
      And the next check is due
      Then shop:1.0.1 is in quarantine
      And the workload still runs shop:1.0.0
      And its owner is told "UpdateHeld" about "shop:1.0.1 is not tried again here" once
      When version 1.0.2 of shop is published
      And the next check is due
      Then the workload comes to run shop:1.0.2

      Examples:
        | kind        |
        | Deployment  |
        | StatefulSet |
        | DaemonSet   |

    Scenario Outline: A rollout is undone while it goes on
      Given version 1.0.1 of shop never gets ready
      And a watched <kind> runs shop:1.0.0
      When the next check is due
      And the workload comes to run shop:1.0.1
      And somebody undoes the rollout
      And the workload comes to run shop:1.0.0
      Then shop:1.0.1 is in quarantine
      And the rollout is closed as superseded
      When the next check is due
      Then the workload still runs shop:1.0.0

      Examples:
        | kind        |
        | Deployment  |
        | StatefulSet |
        | DaemonSet   |

    Scenario: A pipeline applies the old image again
      Given a watched workload runs shop:1.0.0
      When version 1.0.1 of shop is published
      And the next check is due
      Then the rollout is closed as done
      When somebody sets its image to shop:1.0.0
      Then shop:1.0.1 is in quarantine
      And its owner is told "UpdateHeld" about "by kubectl" once
      When the next check is due
      Then the workload still runs shop:1.0.0

    Scenario: Somebody goes back further
      Given a watched workload runs shop:1.0.0
      When version 1.1.0 of shop is published
      And the next check is due
      Then the rollout is closed as done
      When somebody sets its image to shop:0.9.0
      Then shop:1.1.0 is in quarantine
      When the next check is due
      Then the workload still runs shop:0.9.0

    Scenario: Another tool reverts within seconds
      Given version 1.0.1 of shop never gets ready
      And a watched workload runs shop:1.0.0
      When the next check is due
      And the workload comes to run shop:1.0.1
      And somebody sets its image to shop:1.0.0
      Then the rollout is closed as superseded
      And shop:1.0.1 is in quarantine

  Rule: Somebody's hand also releases

    Scenario: An image in quarantine is set by hand
      Given version 1.0.1 of shop crashes
      And a watched workload runs shop:1.0.0
      When the next check is due
      Then the rollout is closed as rolled-back
      And shop:1.0.1 is in quarantine
      When somebody sets its image to shop:1.0.1
      Then nothing is in quarantine
      And the workload still runs shop:1.0.1

    Scenario Outline: A failed image is brought back by undoing
      Given version 1.0.1 of shop crashes
      And the controller may remove instances
      And a watched <kind> runs shop:1.0.0
      When the next check is due
      Then the rollout is closed as rolled-back
      When somebody undoes the rollout
      And the workload comes to run shop:1.0.1
      Then nothing is in quarantine
      When the next check is due
      Then the workload still runs shop:1.0.1

      Examples:
        | kind        |
        | Deployment  |
        | StatefulSet |
        | DaemonSet   |
