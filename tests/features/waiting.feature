Feature: Waiting for the right time
  A new image is taken when its owner wants it: old enough, and at an hour at which somebody is there.

  Background:
    Given it is 2031-01-01T00:58:00Z
    And the registry has shop in 1.0.0, 1.0.1

  Rule: A candidate must have been seen for its minimum age

    Scenario: It is taken when it is old enough
      Given a watched workload runs shop:1.0.0 with min-age set to "10m"
      When the next check is due
      Then the workload still runs shop:1.0.0
      And its owner is told "UpdateAvailable" about "too young" once
      When 5 minutes pass
      Then the workload still runs shop:1.0.0
      When 5 minutes pass
      Then the workload comes to run shop:1.0.1

    Scenario: While the newest is too young, an older one is taken
      Given a watched workload runs shop:1.0.0 with min-age set to "10m"
      When the next check is due
      And 5 minutes pass
      And version 1.0.2 of shop is published
      And 5 minutes pass
      Then the workload comes to run shop:1.0.1

    Scenario: A tag that comes to stand for something else is young again
      Given a watched workload runs shop:1.0.0 with min-age set to "10m"
      When 10 minutes pass
      And the tag 1.0.1 of shop comes to stand for a new image
      And 5 minutes pass
      Then the workload still runs shop:1.0.0
      When 10 minutes pass
      Then the workload comes to run shop:1.0.1

    Scenario: The clocks go on while the controller is restarted
      Given a watched workload runs shop:1.0.0 with min-age set to "10m"
      When the next check is due
      And the controller is stopped and started again
      And 10 minutes pass
      Then the workload comes to run shop:1.0.1

  Rule: Rollouts start inside a window only, checks go on

    Scenario: The window opens
      Given a watched workload runs shop:1.0.0 with cron set to "0 0 1 * * ?" and window set to "0 30 2 * * ? 1h"
      When 5 minutes pass
      Then the workload still runs shop:1.0.0
      And its owner is told "UpdateAvailable" about "the window opens at 2031-01-01 02:30" once
      When 90 minutes pass
      Then the workload comes to run shop:1.0.1

    Scenario: The window is open
      Given a watched workload runs shop:1.0.0 with window set to "0 0 0 * * ? 4h"
      When the next check is due
      Then the workload comes to run shop:1.0.1

    Scenario: The window is in the time zone of the workload
      Given a watched workload runs shop:1.0.0 with window set to "0 0 9 * * ? 2h" and timezone set to "Asia/Seoul"
      When the next check is due
      Then the workload comes to run shop:1.0.1

    Scenario: One of several windows is open
      Given a watched workload runs shop:1.0.0 with window set to "0 0 12 * * ? 1h; 0 0 1 ? * WED 1h"
      When the next check is due
      Then the workload comes to run shop:1.0.1

    Scenario: The controller is restarted before the window opens
      Given a watched workload runs shop:1.0.0 with cron set to "0 0 1 * * ?" and window set to "0 30 2 * * ? 1h"
      When 5 minutes pass
      And the controller is stopped and started again
      Then the workload still runs shop:1.0.0
      When 90 minutes pass
      Then the workload comes to run shop:1.0.1

    Scenario: Asking for a check at once opens no window
      Given a watched workload runs shop:1.0.0 with window set to "0 30 2 * * ? 1h"
      When its owner sets check-now to "please"
      Then its owner is told "ManualCheckDone" about "the window opens at"
      And the workload still runs shop:1.0.0
