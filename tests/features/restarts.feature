Feature: Restarts
  Restarting the controller alone changes nothing.

  Background:
    Given the registry has shop in 1.0.0, 1.0.1

  Scenario: A restart does not trigger a check
    Given a watched workload runs shop:1.0.0 with the schedule "0 0 2 1 1 ?"
    When the controller is stopped and started again
    Then the workload still runs shop:1.0.0

  Scenario: A recently missed check is made up
    Given a watched workload runs shop:1.0.0
    When the controller is stopped
    And 20 minutes pass
    And the controller is started
    Then the workload runs shop:1.0.1

  Scenario: A check that was missed long ago is skipped
    Given it is 2031-01-01T01:30:00Z
    And a watched workload runs shop:1.0.0 with the schedule "0 0 2 * * ?"
    When the controller is stopped
    And 95 minutes pass
    And the controller is started
    Then the workload still runs shop:1.0.0
    And the next check is at 2031-01-02T02:00:00Z

  Scenario: A new workload waits for its first scheduled check
    Given the controller is stopped
    And 20 minutes pass
    And a watched workload runs shop:1.0.0 with the schedule "0 0 2 1 1 ?"
    And the controller is started
    Then the workload still runs shop:1.0.0
