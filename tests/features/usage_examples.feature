Feature: Usage examples
  Fast in development, daily in staging, manual in production.

  Scenario: Development follows a mutable tag every five minutes
    Given the registry has shop in latest
    And a watched workload runs shop:latest with cron set to "0 */5 * * * ?" and strategy set to "latest"
    When the tag latest of shop is moved to a new image
    And the next check is due
    Then the workload runs the new shop:latest, pinned to its digest

  Scenario: Staging updates to the newest version once a day
    Given the registry has shop in 1.0.0
    And it is 2031-06-02T01:50:00+00:00
    And a watched workload runs shop:1.0.0 with cron set to "0 0 2 * * ?" and strategy set to "version"
    When version 1.1.0 of shop is published
    And 5 minutes pass
    Then the workload still runs shop:1.0.0
    When 6 minutes pass
    Then the workload runs shop:1.1.0
    And the next check is at 2031-06-03T02:00:00+00:00

  Scenario: Production waits until the owner opts in
    Given the registry has shop in 1.0.0, 1.1.0
    And it is 2031-06-01T02:50:00+00:00
    And a production workload runs shop:1.0.0 with cron set to "0 0 3 * * SUN" and strategy set to "version"
    When 11 minutes pass
    Then the workload still runs shop:1.0.0
    And the workload is unchanged
    When its owner sets enabled to true
    Then the next check is at 2031-06-08T03:00:00+00:00
