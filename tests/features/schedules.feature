Feature: Schedules
  Each workload is checked on its own schedule, and on no other.

  Background:
    Given the registry has shop in 1.0.0, 1.0.1

  Scenario: Every five minutes when nothing else is said
    Given a watched workload runs shop:1.0.0
    Then it is checked at the next full five minutes

  Scenario: Not before the schedule says so
    Given a watched workload runs shop:1.0.0 and is checked "0 0 2 * * ?"
    When 5 minutes pass
    Then the workload still runs shop:1.0.0

  Scenario: A new schedule counts at once
    Given a watched workload runs shop:1.0.0 and is checked "0 0 2 1 1 ?"
    When its owner sets cron to "0 */5 * * * ?"
    And the next check is due
    Then the workload comes to run shop:1.0.1

  Scenario Outline: The times of a schedule
    Given it is <now>
    And a watched workload runs shop:1.0.1 and is checked "<cron>"
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
