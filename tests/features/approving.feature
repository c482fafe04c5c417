Feature: Approving
  Whoever wants the last word has it: for exactly one candidate, and never for another one.

  Background:
    Given the registry has shop in 1.0.0, 1.0.1

  Rule: Where approval is required, exactly the approved candidate rolls out

    Scenario: A candidate waits and is approved
      Given a watched workload runs shop:1.0.0 with approval set to "required"
      When the next check is due
      And the next check is due
      Then the workload still runs shop:1.0.0
      And 1.0.1 is pending
      And its owner is told "UpdateAvailable" about "approved: 1.0.1" once
      When its owner sets approved to "1.0.1"
      Then the workload comes to run shop:1.0.1
      And nothing is pending

    Scenario: The approved one is taken also when there is a newer one
      Given a watched workload runs shop:1.0.0 with approval set to "required"
      When the next check is due
      And version 1.0.2 of shop is published
      And its owner sets approved to "1.0.1"
      Then the workload comes to run shop:1.0.1

    Scenario: Something else is approved
      Given a watched workload runs shop:1.0.0 with approval set to "required" and approved set to "1.0.7"
      When the next check is due
      Then the workload still runs shop:1.0.0
      And its owner is told "UpdateAvailable" about "1.0.7, is no candidate" once

    Scenario: Approval does not open a window
      Given it is 2031-01-01T00:58:00Z
      And a watched workload runs shop:1.0.0 with approval set to "required" and window set to "0 30 2 * * ? 1h"
      When the next check is due
      And its owner sets approved to "1.0.1"
      Then the workload still runs shop:1.0.0
      When 90 minutes pass
      Then the workload comes to run shop:1.0.1

    Scenario: It was approved while the controller was away
      Given a watched workload runs shop:1.0.0 with approval set to "required" and cron set to "0 0 0 1 1 ? 2050"
      When its owner sets check-now to "please"
      Then 1.0.1 is pending
      When the controller is stopped
      And its owner sets approved to "1.0.1"
      And the controller is started
      Then the workload comes to run shop:1.0.1

  Rule: A workload that only notifies is never changed

    Scenario: A candidate is reported once
      Given a watched workload runs shop:1.0.0 with mode set to "notify"
      When the next check is due
      And the next check is due
      Then the workload still runs shop:1.0.0
      And 1.0.1 is pending
      And its owner is told "UpdateAvailable" about "shop:1.0.1" once

    Scenario: The controller is restarted
      Given a watched workload runs shop:1.0.0 with mode set to "notify"
      When the next check is due
      And the controller is stopped and started again
      And the next check is due
      Then its owner is told "UpdateAvailable" about "shop:1.0.1" once

    Scenario: Its owner takes it by hand
      Given a watched workload runs shop:1.0.0 with mode set to "notify"
      When the next check is due
      And somebody sets its image to shop:1.0.1
      And the next check is due
      Then nothing is pending
