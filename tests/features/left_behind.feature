Feature: Tags that are left behind
  The owner of a workload learns when its tag gets no more fixes, or has it moved to the tags that do.

  Rule: A tag that gets no more fixes is reported

    Scenario Outline: New versions exist only in another form
      Given the registry has shop in <published>
      And a watched workload runs shop:<running>
      When the next check is due
      And the next check is due
      Then the workload still runs shop:<running>
      And an event reports a held update once: "left behind"
      And an event reports a held update once: "<names>"

      Examples:
        | published                                | running          | names             |
        | 1.2.3-bullseye, 1.2.4-bookworm           | 1.2.3-bullseye   | 1.2.4-bookworm    |
        | 1.2.3-alpine3.19, 1.2.4-alpine3.22       | 1.2.3-alpine3.19 | variant: follow   |
        | 1.2.3-jdk11, 1.2.4-jdk17                 | 1.2.3-jdk11      | 1.2.4-jdk17       |
        | 3.9.8, 3.9.9, 3.9.10, 3.9.10.1           | 3.9.10           | 3.9.10.1          |
        | 10.8.1-enterprise, 2025.1.0-enterprise   | 10.8.1-enterprise | 2025.1.0-enterprise |

    Scenario: The newest version is not left behind
      Given the registry has shop in 1.2.3-bookworm, 1.2.3-trixie, 1.2.2-bookworm, 1.2.2-trixie
      And a watched workload runs shop:1.2.3-bookworm
      When the next check is due
      Then the workload still runs shop:1.2.3-bookworm
      And no event is reported

  Rule: variant: follow goes on to the tags that get fixes

    Scenario Outline: The form of the tag changes
      Given the registry has shop in <published>
      And a watched workload runs shop:<running> with variant set to "follow"
      When the next check is due
      Then the workload runs shop:<expected>

      Examples:
        | published                                | running           | expected            |
        | 1.2.3-bullseye, 1.2.4-bookworm           | 1.2.3-bullseye    | 1.2.4-bookworm      |
        | 1.2.3-jammy, 1.2.4-ubuntu-24.04          | 1.2.3-jammy       | 1.2.4-ubuntu-24.04  |
        | 3.9.8, 3.9.9, 3.9.10, 3.9.10.1           | 3.9.10            | 3.9.10.1            |
        | 10.8.1-enterprise, 2025.1.0-enterprise   | 10.8.1-enterprise | 2025.1.0-enterprise |
        | beta-7.1, 7.1                            | beta-7.1          | 7.1                 |

    Scenario Outline: What may be something else stays the owner's decision
      Given the registry has shop in <published>
      And a watched workload runs shop:<running> with variant set to "follow"
      When the next check is due
      Then the workload still runs shop:<running>
      And an event reports a held update once: "left behind"

      Examples:
        | published                    | running      | why                  |
        | 1.2.3-jdk11, 1.2.4-jdk17     | 1.2.3-jdk11  | another runtime      |
        | 1.2.3-php8.1, 1.2.4-php8.3   | 1.2.3-php8.1 | another runtime      |
        | 1.2.3-perl, 1.2.4, 1.2.5     | 1.2.3-perl   | another edition      |

    Scenario: The owner decides to follow after the report
      Given the registry has shop in 1.2.3-alpine3.19, 1.2.4-alpine3.22
      And a watched workload runs shop:1.2.3-alpine3.19
      When the next check is due
      Then an event reports a held update once: "left behind"
      When its owner sets variant to "follow"
      And the next check is due
      Then the workload runs shop:1.2.4-alpine3.22
