Feature: Update timing
  Updates wait for a minimum age and for a rollout window.

  Background:
    Given it is 2031-01-01T00:58:00Z
    And the registry has shop in 1.0.0, 1.0.1

  Rule: A candidate must reach its minimum age

    Scenario: A candidate is rolled out at its minimum age
      Given a watched workload runs shop:1.0.0 with min-age set to "10m"
      When the next check is due
      Then the workload still runs shop:1.0.0
      And an event reports an available update once: "too young"
      When 5 minutes pass
      Then the workload still runs shop:1.0.0
      When 5 minutes pass
      Then the workload runs shop:1.0.1

    Scenario: An older candidate is selected while the newest is too young
      Given a watched workload runs shop:1.0.0 with min-age set to "10m"
      When the next check is due
      And 5 minutes pass
      And version 1.0.2 of shop is published
      And 5 minutes pass
      Then the workload runs shop:1.0.1

    Scenario: The age restarts when a tag is moved to a new image
      Given a watched workload runs shop:1.0.0 with min-age set to "10m"
      When 10 minutes pass
      And the tag 1.0.1 of shop is moved to a new image
      And 5 minutes pass
      Then the workload still runs shop:1.0.0
      When 10 minutes pass
      Then the workload runs shop:1.0.1

    Scenario: The age survives a restart
      Given a watched workload runs shop:1.0.0 with min-age set to "10m"
      When the next check is due
      And the controller is stopped and started again
      And 10 minutes pass
      Then the workload runs shop:1.0.1

  Rule: Rollouts start only inside a window

    Scenario: The window opens
      Given a watched workload runs shop:1.0.0 with cron set to "0 0 1 * * ?" and window set to "0 30 2 * * ? 1h"
      When 5 minutes pass
      Then the workload still runs shop:1.0.0
      And an event reports an available update once: "the window opens at 2031-01-01 02:30"
      When 90 minutes pass
      Then the workload runs shop:1.0.1

    Scenario: The window is open
      Given a watched workload runs shop:1.0.0 with window set to "0 0 0 * * ? 4h"
      When the next check is due
      Then the workload runs shop:1.0.1

    Scenario: The window is in the time zone of the workload
      Given a watched workload runs shop:1.0.0 with window set to "0 0 9 * * ? 2h" and timezone set to "Asia/Seoul"
      When the next check is due
      Then the workload runs shop:1.0.1

    Scenario: One of several windows is open
      Given a watched workload runs shop:1.0.0 with window set to "0 0 12 * * ? 1h; 0 0 1 ? * WED 1h"
      When the next check is due
      Then the workload runs shop:1.0.1

    Scenario: The controller is restarted before the window opens
      Given a watched workload runs shop:1.0.0 with cron set to "0 0 1 * * ?" and window set to "0 30 2 * * ? 1h"
      When 5 minutes pass
      And the controller is stopped and started again
      Then the workload still runs shop:1.0.0
      When 90 minutes pass
      Then the workload runs shop:1.0.1

    Scenario: A manual check does not override the window
      Given a watched workload runs shop:1.0.0 with window set to "0 30 2 * * ? 1h"
      When its owner sets check-now to "please"
      Then an event reports a completed manual check: "the window opens at"
      And the workload still runs shop:1.0.0
