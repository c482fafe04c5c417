Feature: Invalid configuration
  Invalid settings are reported once with a remedy and do not affect other workloads.

  Background:
    Given the registry has shop in 1.0.0, 1.0.1

  Scenario Outline: An invalid setting holds only its own workload
    Given a watched workload runs shop:1.0.0
    And another workload runs shop:1.0.0 with <setting> set to "<value>"
    When the next check is due
    And the next check is due
    Then the workload runs shop:1.0.1
    And the other workload still runs shop:1.0.0
    And an event reports an invalid configuration for the other workload once: "<value>"
    And the other workload is unchanged

    Examples:
      | setting         | value            |
      | strategy        | newest           |
      | cron            | every night      |
      | cron            | 0 0 0 30 2 ?     |
      | timezone        | Europe/Bonn      |
      | rollout-timeout | soon             |
      | enabled         | yes              |
      | stratgey        | latest           |

  Scenario: All errors are reported together
    Given another workload runs shop:1.0.0 with strategy set to "newest" and cron set to "never"
    Then an event reports an invalid configuration for the other workload once: "newest"
    And an event reports an invalid configuration for the other workload once: "never"

  Scenario: The setting is corrected
    Given another workload runs shop:1.0.0 with cron set to "never"
    When the other's owner sets cron to "0 */5 * * * ?"
    And the next check is due
    Then the other workload runs shop:1.0.1

  Scenario Outline: The image cannot be updated
    Given another workload runs the image <image>
    When the next check is due
    And the next check is due
    Then an event reports <reason> for the other workload once: "<words>"
    And the other workload is unchanged

    Examples:
      | image              | reason               | words         |
      | shop:stable        | a held update        | 'stable'      |
      | SHOP//:1.0.0       | an invalid configuration | SHOP//:1.0.0  |
      | nowhere:1.0.0      | a registry error     | nowhere       |

  Scenario: The repository has no tags
    Given the registry has empty without any tag
    And another workload runs the image empty:1.0.0
    When the next check is due
    Then the other workload is unchanged
