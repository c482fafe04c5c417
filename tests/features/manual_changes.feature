Feature: Manual changes
  Manual rollbacks are respected.

  Background:
    Given the registry has shop in 0.9.0, 1.0.0

  Rule: A reverted image is not rolled out again

    Scenario Outline: A completed rollout is undone
      Given a watched <kind> runs shop:1.0.0
      When version 1.0.1 of shop is published
      And the next check is due
      Then the rollout succeeds
      When a user undoes the rollout
      And the workload runs shop:1.0.0
      And the next check is due
      Then shop:1.0.1 is quarantined
      And the workload still runs shop:1.0.0
      And an event reports a held update once: "shop:1.0.1 is not tried again here"
      When version 1.0.2 of shop is published
      And the next check is due
      Then the workload runs shop:1.0.2

      Examples:
        | kind        |
        | Deployment  |
        | StatefulSet |
        | DaemonSet   |

    Scenario Outline: A rollout in progress is undone
      Given version 1.0.1 of shop never becomes ready
      And a watched <kind> runs shop:1.0.0
      When the next check is due
      And the workload runs shop:1.0.1
      And a user undoes the rollout
      And the workload runs shop:1.0.0
      Then shop:1.0.1 is quarantined
      And the rollout is superseded
      When the next check is due
      Then the workload still runs shop:1.0.0

      Examples:
        | kind        |
        | Deployment  |
        | StatefulSet |
        | DaemonSet   |

    Scenario: A pipeline applies the old image
      Given a watched workload runs shop:1.0.0
      When version 1.0.1 of shop is published
      And the next check is due
      Then the rollout succeeds
      When a user sets its image to shop:1.0.0
      Then shop:1.0.1 is quarantined
      And an event reports a held update once: "by kubectl"
      When the next check is due
      Then the workload still runs shop:1.0.0

    Scenario: A user reverts to an older image than the previous one
      Given a watched workload runs shop:1.0.0
      When version 1.1.0 of shop is published
      And the next check is due
      Then the rollout succeeds
      When a user sets its image to shop:0.9.0
      Then shop:1.1.0 is quarantined
      When the next check is due
      Then the workload still runs shop:0.9.0

    Scenario: Another tool reverts within seconds
      Given version 1.0.1 of shop never becomes ready
      And a watched workload runs shop:1.0.0
      When the next check is due
      And the workload runs shop:1.0.1
      And a user sets its image to shop:1.0.0
      Then the rollout is superseded
      And shop:1.0.1 is quarantined

  Rule: Setting a quarantined image manually releases it

    Scenario: A user sets a quarantined image
      Given version 1.0.1 of shop crashes
      And a watched workload runs shop:1.0.0
      When the next check is due
      Then the rollout is rolled back
      And shop:1.0.1 is quarantined
      When a user sets its image to shop:1.0.1
      Then no image is quarantined
      And the workload still runs shop:1.0.1

    Scenario Outline: Undoing a rollback restores the failed image
      Given version 1.0.1 of shop crashes
      And the controller may delete replicas
      And a watched <kind> runs shop:1.0.0
      When the next check is due
      Then the rollout is rolled back
      When a user undoes the rollout
      And the workload runs shop:1.0.1
      Then no image is quarantined
      When the next check is due
      Then the workload still runs shop:1.0.1

      Examples:
        | kind        |
        | Deployment  |
        | StatefulSet |
        | DaemonSet   |
