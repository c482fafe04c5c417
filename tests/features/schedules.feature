Feature: Schedules
  Each workload is checked on its own schedule.

  Background:
    Given the registry has shop in 1.0.0, 1.0.1

  Scenario: The default is every five minutes
    Given a watched workload runs shop:1.0.0
    Then its next check is at a multiple of five minutes

  Scenario: No check happens before the scheduled time
    Given a watched workload runs shop:1.0.0 with the schedule "0 0 2 * * ?"
    When 5 minutes pass
    Then the workload still runs shop:1.0.0

  Scenario: A new schedule takes effect at once
    Given a watched workload runs shop:1.0.0 with the schedule "0 0 2 1 1 ?"
    When its owner sets cron to "0 */5 * * * ?"
    And the next check is due
    Then the workload runs shop:1.0.1

  Scenario Outline: The next check follows the schedule
    Given it is <now>
    And a watched workload runs shop:1.0.1 with the schedule "<cron>"
    Then the next check is at <next>

    Examples:
      | cron                    | now                  | next                 | meaning                |
      | 0 */5 * * * ?           | 2031-01-01T00:01:00Z | 2031-01-01T00:05:00Z | every five minutes     |
      | 0 */30 * * * ?          | 2031-01-01T00:31:00Z | 2031-01-01T01:00:00Z | every half hour        |
      | 0 0 * * * ?             | 2031-01-01T00:01:00Z | 2031-01-01T01:00:00Z | every hour             |
      | 0 0 2 * * ?             | 2031-01-01T03:00:00Z | 2031-01-02T02:00:00Z | daily at two           |
      | 0 0 9-17 * * MON-FRI    | 2031-01-03T17:30:00Z | 2031-01-06T09:00:00Z | hourly in office hours |
      | 0 0 0 * * MON           | 2031-01-01T00:00:00Z | 2031-01-06T00:00:00Z | Mondays                |
      | 0 0 0 1 * ?             | 2031-01-01T00:00:00Z | 2031-02-01T00:00:00Z | first of the month     |
      | 0 0 3 * * SUN           | 2031-01-01T00:00:00Z | 2031-01-05T03:00:00Z | Sundays at three       |
