Feature: Limiting what may be chosen
  Whoever knows more than the version order says so, and gets what is meant.

  Background:
    Given the registry has shop in 1.2.0

  Rule: A strategy locks numbers

    Scenario Outline: What stays
      Given the registry has shop in <published>
      And a watched workload runs shop:<running> with strategy set to "<strategy>"
      When the next check is due
      Then the workload comes to run shop:<expected>

      Examples:
        | strategy           | published           | running | expected |
        | version            | 1.2.1, 1.3.0, 2.0.0 | 1.2.0   | 2.0.0    |
        | version-lock-major | 1.2.1, 1.3.0, 2.0.0 | 1.2.0   | 1.3.0    |
        | version-lock-minor | 1.2.1, 1.3.0, 2.0.0 | 1.2.0   | 1.2.1    |

  Rule: A constraint is a range, as npm writes it

    Scenario Outline: The newest version in the range
      Given the registry has shop in 1.2.5, 1.4.0, 1.9.0, 2.1.0, 3.0.0
      And a watched workload runs shop:1.2.0 with constraint set to "<constraint>"
      When the next check is due
      Then the workload comes to run shop:<expected>

      Examples:
        | constraint  | expected |
        | ^1.2        | 1.9.0    |
        | ~1.2        | 1.2.5    |
        | >=1.2 <1.5  | 1.4.0    |
        | 1.x \|\| 3  | 3.0.0    |
        | 1.2 - 2     | 2.1.0    |

    Scenario: Nothing in the range
      Given the registry has shop in 2.0.0
      And a watched workload runs shop:1.2.0 with constraint set to "^1.2"
      When the next check is due
      Then the workload still runs shop:1.2.0
      And nothing was written to the workload

  Rule: Regular expressions say which tags count, from their first to their last character

    Scenario Outline: Allowed and ignored tags
      Given the registry has shop in 1.2.1, 1.2.2, 1.3.0, 1.4.13
      And a watched workload runs shop:1.2.0 with <setting> set to "<expression>"
      When the next check is due
      Then the workload comes to run shop:<expected>

      Examples:
        | setting     | expression       | expected |
        | allow-tags  | 1\.2\..*         | 1.2.2    |
        | ignore-tags | .*13             | 1.3.0    |
        | ignore-tags | 1\.4\.13\|1\.3.* | 1.2.2    |
        | ignore-tags | 1                | 1.4.13   |
        | allow-tags  | (([0-9.]+)+)+    | 1.4.13   |

  Rule: Prereleases are taken only by who wants them

    Scenario Outline: A prerelease is there
      Given the registry has shop in <published>
      And a watched workload runs shop:<running> with prerelease set to "<wanted>"
      When the next check is due
      Then the workload comes to run shop:<expected>

      Examples:
        | published                 | running   | wanted | expected  |
        | 1.2.1, 2.0.0-rc1          | 1.2.0     | false  | 1.2.1     |
        | 1.2.1, 2.0.0-rc1          | 1.2.0     | true   | 2.0.0-rc1 |
        | 2.0.0-rc9, 2.0.0-rc10     | 1.2.0     | true   | 2.0.0-rc10 |
        | 2.0.0-beta1, 2.0.0-alpha2 | 1.2.0     | true   | 2.0.0-beta1 |
        | 2.0.0-rc1, 2.0.0          | 1.2.0     | true   | 2.0.0     |
