Feature: Bad input
  Whoever writes something that cannot work is told what to do, once, and nobody else notices.

  Background:
    Given the registry has shop in 1.0.0, 1.0.1

  Scenario Outline: An annotation that cannot work
    Given a watched workload runs shop:1.0.0
    And another workload runs shop:1.0.0 with <setting> set to "<value>"
    When the next check is due
    And the next check is due
    Then the workload comes to run shop:1.0.1
    And the other workload still runs shop:1.0.0
    And the other's owner is told "InvalidConfiguration" about "<value>" once
    And nothing was written to the other workload

    Examples:
      | setting         | value            |
      | strategy        | newest           |
      | cron            | every night      |
      | cron            | 0 0 0 30 2 ?     |
      | timezone        | Europe/Bonn      |
      | rollout-timeout | soon             |
      | enabled         | yes              |
      | stratgey        | latest           |

  Scenario: All faults are told together
    Given another workload runs shop:1.0.0 with strategy set to "newest" and cron set to "never"
    Then the other's owner is told "InvalidConfiguration" about "newest" once
    And the other's owner is told "InvalidConfiguration" about "never" once

  Scenario: The fault is mended
    Given another workload runs shop:1.0.0 with cron set to "never"
    When the other's owner sets cron to "0 */5 * * * ?"
    And the next check is due
    Then the other workload comes to run shop:1.0.1

  Scenario Outline: An image that cannot be followed
    Given another workload runs the image <image>
    When the next check is due
    And the next check is due
    Then the other's owner is told "<reason>" about "<words>" once
    And nothing was written to the other workload

    Examples:
      | image              | reason               | words         |
      | shop:stable        | UpdateHeld           | 'stable'      |
      | SHOP//:1.0.0       | InvalidConfiguration | SHOP//:1.0.0  |
      | nowhere:1.0.0      | RegistryError        | nowhere       |

  Scenario: A repository without tags
    Given the registry has empty without any tag
    And another workload runs the image empty:1.0.0
    When the next check is due
    Then nothing was written to the other workload
