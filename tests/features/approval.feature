Feature: Approval
  Owners can require approval of each update. An approval is valid for exactly one candidate.

  Background:
    Given the registry has shop in 1.0.0, 1.0.1

  Rule: If approval is required, only the approved candidate rolls out

    Scenario: The owner approves a pending candidate
      Given a watched workload runs shop:1.0.0 with approval set to "required"
      When the next check is due
      And the next check is due
      Then the workload still runs shop:1.0.0
      And 1.0.1 is pending
      And an event reports an available update once: "approved: 1.0.1"
      When its owner sets approved to "1.0.1"
      Then the workload runs shop:1.0.1
      And nothing is pending

    Scenario: The approved candidate rolls out even if a newer one appears
      Given a watched workload runs shop:1.0.0 with approval set to "required"
      When the next check is due
      And version 1.0.2 of shop is published
      And its owner sets approved to "1.0.1"
      Then the workload runs shop:1.0.1

    Scenario: The approved version is not a candidate
      Given a watched workload runs shop:1.0.0 with approval set to "required" and approved set to "1.0.7"
      When the next check is due
      Then the workload still runs shop:1.0.0
      And an event reports an available update once: "1.0.7, is no candidate"

    Scenario: An approved update waits for its window
      Given it is 2031-01-01T00:58:00Z
      And a watched workload runs shop:1.0.0 with approval set to "required" and window set to "0 30 2 * * ? 1h"
      When the next check is due
      And its owner sets approved to "1.0.1"
      Then the workload still runs shop:1.0.0
      When 90 minutes pass
      Then the workload runs shop:1.0.1

    Scenario: The owner approves while the controller is stopped
      Given a watched workload runs shop:1.0.0 with approval set to "required" and cron set to "0 0 0 1 1 ? 2050"
      When its owner sets check-now to "please"
      Then 1.0.1 is pending
      When the controller is stopped
      And its owner sets approved to "1.0.1"
      And the controller is started
      Then the workload runs shop:1.0.1

  Rule: In notify mode, workloads are never changed

    Scenario: A candidate is reported once
      Given a watched workload runs shop:1.0.0 with mode set to "notify"
      When the next check is due
      And the next check is due
      Then the workload still runs shop:1.0.0
      And 1.0.1 is pending
      And an event reports an available update once: "shop:1.0.1"

    Scenario: The controller is restarted
      Given a watched workload runs shop:1.0.0 with mode set to "notify"
      When the next check is due
      And the controller is stopped and started again
      And the next check is due
      Then an event reports an available update once: "shop:1.0.1"

    Scenario: The owner updates the image manually
      Given a watched workload runs shop:1.0.0 with mode set to "notify"
      When the next check is due
      And a user sets its image to shop:1.0.1
      And the next check is due
      Then nothing is pending
