Feature: Tag selection
  Settings restrict which tags are candidates.

  Background:
    Given the registry has shop in 1.2.0

  Rule: The strategy locks version numbers

    Scenario Outline: Locked numbers do not change
      Given the registry has shop in <published>
      And a watched workload runs shop:<running> with strategy set to "<strategy>"
      When the next check is due
      Then the workload runs shop:<expected>

      Examples:
        | strategy           | published           | running | expected |
        | version            | 1.2.1, 1.3.0, 2.0.0 | 1.2.0   | 2.0.0    |
        | version-lock-major | 1.2.1, 1.3.0, 2.0.0 | 1.2.0   | 1.3.0    |
        | version-lock-minor | 1.2.1, 1.3.0, 2.0.0 | 1.2.0   | 1.2.1    |

  Rule: A constraint is a version range in npm syntax

    Scenario Outline: The newest version in the range is selected
      Given the registry has shop in 1.2.5, 1.4.0, 1.9.0, 2.1.0, 3.0.0
      And a watched workload runs shop:1.2.0 with constraint set to "<constraint>"
      When the next check is due
      Then the workload runs shop:<expected>

      Examples:
        | constraint  | expected |
        | ^1.2        | 1.9.0    |
        | ~1.2        | 1.2.5    |
        | >=1.2 <1.5  | 1.4.0    |
        | 1.x \|\| 3  | 3.0.0    |
        | 1.2 - 2     | 2.1.0    |

    Scenario: No version is in the range
      Given the registry has shop in 2.0.0
      And a watched workload runs shop:1.2.0 with constraint set to "^1.2"
      When the next check is due
      Then the workload still runs shop:1.2.0
      And the workload is unchanged

  Rule: Regular expressions match whole tags

    Scenario Outline: Only allowed tags and no ignored tags are candidates
      Given the registry has shop in 1.2.1, 1.2.2, 1.3.0, 1.4.13
      And a watched workload runs shop:1.2.0 with <setting> set to "<expression>"
      When the next check is due
      Then the workload runs shop:<expected>

      Examples:
        | setting     | expression       | expected |
        | allow-tags  | 1\.2\..*         | 1.2.2    |
        | ignore-tags | .*13             | 1.3.0    |
        | ignore-tags | 1\.4\.13\|1\.3.* | 1.2.2    |
        | ignore-tags | 1                | 1.4.13   |
        | allow-tags  | (([0-9.]+)+)+    | 1.4.13   |

  Rule: Prereleases are opt-in

    Scenario Outline: A prerelease is available
      Given the registry has shop in <published>
      And a watched workload runs shop:<running> with prerelease set to "<wanted>"
      When the next check is due
      Then the workload runs shop:<expected>

      Examples:
        | published                 | running   | wanted | expected  |
        | 1.2.1, 2.0.0-rc1          | 1.2.0     | false  | 1.2.1     |
        | 1.2.1, 2.0.0-rc1          | 1.2.0     | true   | 2.0.0-rc1 |
        | 2.0.0-rc9, 2.0.0-rc10     | 1.2.0     | true   | 2.0.0-rc10 |
        | 2.0.0-beta1, 2.0.0-alpha2 | 1.2.0     | true   | 2.0.0-beta1 |
        | 2.0.0-rc1, 2.0.0          | 1.2.0     | true   | 2.0.0     |
