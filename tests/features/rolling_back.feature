Feature: Rolling back
  An update that does not work is taken back, and is not tried again.

  Background:
    Given the registry has shop in 1.0.0

  Rule: What fails is taken back

    Scenario Outline: The new image crashes
      Given version 1.0.1 of shop crashes
      And the controller may remove instances
      And a watched <kind> runs shop:1.0.0
      When the next check is due
      Then the rollout is closed as rolled-back
      And the workload still runs shop:1.0.0
      And its owner is told "ImageUpdateFailed" about "cannot open the database" once
      And its owner is told "ImageRolledBack" about "shop:1.0.0" once
      And shop:1.0.1 is in quarantine
      And the receiver hears of DEPLOYMENT_DETECTED 1.0.0, IMAGE_ROLLOUT_STARTED 1.0.1, IMAGE_ROLLOUT_FAILED 1.0.1, IMAGE_ROLLED_BACK 1.0.0 in this order

      Examples:
        | kind        |
        | Deployment  |
        | StatefulSet |
        | DaemonSet   |

    Scenario: It never gets ready
      Given version 1.0.1 of shop never gets ready
      And a watched workload runs shop:1.0.0 and may take 5 seconds to make progress
      When the next check is due
      Then the rollout is closed as rolled-back
      And its owner is told "ImageUpdateFailed" about "does not get ready"

    Scenario: It is not tried again, and something newer is taken
      Given version 1.0.1 of shop crashes
      And a watched workload runs shop:1.0.0
      When the next check is due
      Then the rollout is closed as rolled-back
      When the next check is due
      Then the workload still runs shop:1.0.0
      When version 1.0.2 of shop is published
      And the next check is due
      Then the workload comes to run shop:1.0.2
      And the rollout is closed as done

    Scenario: Its owner wants it to be left
      Given version 1.0.1 of shop crashes
      And a watched workload runs shop:1.0.0 with rollback set to "false"
      When the next check is due
      Then the rollout is closed as failed
      And its owner is told "ImageUpdateFailed" about "it is left as it is" once
      And the workload still runs shop:1.0.1
      And shop:1.0.1 is in quarantine

    Scenario: A StatefulSet that waits for the broken instance for ever
      Given version 1.0.1 of shop crashes
      And a watched StatefulSet runs shop:1.0.0
      When the next check is due
      Then its owner is told "ImageUpdateFailed" about "must be deleted by hand"

  Rule: What works at first must go on working

    Scenario: It crashes after it got ready
      Given version 1.0.1 of shop gets ready and crashes later
      And a watched workload runs shop:1.0.0 with soak set to "20s"
      When the next check is due
      Then the rollout is closed as rolled-back
      And its owner is told "ImageUpdateFailed" about "cannot open the database"

    Scenario: It is done when it has stayed well
      Given a watched workload runs shop:1.0.0 with soak set to "10m"
      When version 1.0.1 of shop is published
      And the next check is due
      And all its instances are well
      Then a rollout to shop:1.0.1 is on record as running
      When 11 minutes pass
      Then the rollout is closed as done

  Rule: The image is not blamed for what surrounds it

    Scenario: There is no room for another instance
      Given a watched workload runs shop:1.0.0 and may take 15 seconds to make progress
      And there is room for 2 instances only
      When version 1.0.1 of shop is published
      And the next check is due
      Then the rollout is closed as rolled-back
      And its owner is told "ImageUpdateFailed" about "exceeded quota" once
      And nothing is in quarantine
      When the next check is due
      Then the workload still runs shop:1.0.0
      And its owner is told "UpdateHeld" about "is tried again from"
      When there is room for more instances
      And 10 minutes pass
      Then the workload comes to run shop:1.0.1
