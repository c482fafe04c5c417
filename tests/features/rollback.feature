Feature: Rollback
  A failed update is rolled back and not retried.

  Background:
    Given the registry has shop in 1.0.0

  Rule: Failed updates are rolled back

    Scenario Outline: The new image crashes
      Given version 1.0.1 of shop crashes
      And the controller may delete replicas
      And a watched <kind> runs shop:1.0.0
      When the next check is due
      Then the rollout is rolled back
      And the workload still runs shop:1.0.0
      And an event reports a failed update once: "cannot open the database"
      And an event reports a rollback once: "shop:1.0.0"
      And shop:1.0.1 is quarantined
      And the receiver gets in order: detected 1.0.0, rollout started 1.0.1, rollout failed 1.0.1, rolled back 1.0.0

      Examples:
        | kind        |
        | Deployment  |
        | StatefulSet |
        | DaemonSet   |

    Scenario: The new image never becomes ready
      Given version 1.0.1 of shop never becomes ready
      And a watched workload runs shop:1.0.0 with a progress deadline of 5 seconds
      When the next check is due
      Then the rollout is rolled back
      And an event reports a failed update: "does not get ready"

    Scenario: The failed image is skipped and a newer one is selected
      Given version 1.0.1 of shop crashes
      And a watched workload runs shop:1.0.0
      When the next check is due
      Then the rollout is rolled back
      When the next check is due
      Then the workload still runs shop:1.0.0
      When version 1.0.2 of shop is published
      And the next check is due
      Then the workload runs shop:1.0.2
      And the rollout succeeds

    Scenario: The owner disables rollback
      Given version 1.0.1 of shop crashes
      And a watched workload runs shop:1.0.0 with rollback set to "false"
      When the next check is due
      Then the rollout fails
      And an event reports a failed update once: "not rolled back"
      And the workload still runs shop:1.0.1
      And shop:1.0.1 is quarantined

    Scenario: A broken replica blocks a StatefulSet
      Given version 1.0.1 of shop crashes
      And a watched StatefulSet runs shop:1.0.0
      When the next check is due
      Then an event reports a failed update: "delete it by hand"

  Rule: Replicas must stay ready for the soak time

    Scenario: The new image crashes during the soak time
      Given version 1.0.1 of shop becomes ready and crashes later
      And a watched workload runs shop:1.0.0 with soak set to "20s"
      When the next check is due
      Then the rollout is rolled back
      And an event reports a failed update: "cannot open the database"

    Scenario: The rollout succeeds after the soak time
      Given a watched workload runs shop:1.0.0 with soak set to "10m"
      When version 1.0.1 of shop is published
      And the next check is due
      And all its replicas are ready
      Then a rollout to shop:1.0.1 is in progress
      When 11 minutes pass
      Then the rollout succeeds

  Rule: Environment problems do not quarantine an image

    Scenario: The quota is exhausted
      Given a watched workload runs shop:1.0.0 with a progress deadline of 15 seconds
      And the quota allows 2 replicas
      When version 1.0.1 of shop is published
      And the next check is due
      Then the rollout is rolled back
      And an event reports a failed update once: "exceeded quota"
      And no image is quarantined
      When the next check is due
      Then the workload still runs shop:1.0.0
      And an event reports a held update: "is tried again from"
      When the quota is lifted
      And 10 minutes pass
      Then the workload runs shop:1.0.1
