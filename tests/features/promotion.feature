Feature: Promotion
  An image comes to a workload only after it has run well on another one.

  Background:
    Given the registry has shop in 1.0.0
    And another workload runs the image shop:1.0.0

  Rule: A candidate must have run well on the other workload for long enough

    Scenario: The image has run there for long enough
      Given a watched workload runs shop:1.0.0 after the other one has for 20m
      When version 1.0.1 of shop is published
      And the next check is due
      Then the update of the other workload to shop:1.0.1 succeeds
      When 10 minutes pass
      Then an event reports an available update: "1.0.1 runs there since"
      And the workload still runs shop:1.0.0
      When 15 minutes pass
      Then the workload runs shop:1.0.1

    Scenario: The image was not rolled out there
      Given the registry has cart in 1.0.0, 1.0.1
      And a watched workload runs cart:1.0.0 after the other one has for 0
      When the next check is due
      Then an event reports an available update: "it has not taken 1.0.1"
      And the workload still runs cart:1.0.0

    Scenario: The image was rolled back there
      Given a watched workload runs shop:1.0.0 after the other one has for 0
      And version 1.0.1 of shop crashes
      When the next check is due
      And 15 minutes pass
      Then the other workload is rolled back to shop:1.0.0
      When the next check is due
      Then an event reports an available update: "1.0.1 was rolled back there"
      And the workload still runs shop:1.0.0

    Scenario: Somebody puts an older image in its place
      Given a watched workload runs shop:1.0.0 after the other one has for 20m
      When version 1.0.1 of shop is published
      And the next check is due
      Then the update of the other workload to shop:1.0.1 succeeds
      When a user sets the image of the other workload to shop:1.0.0
      And 30 minutes pass
      Then an event reports an available update: "1.0.1 was replaced by hand there"
      And the workload still runs shop:1.0.0

    Scenario: The other workload has no replicas
      Given a watched workload runs shop:1.0.0 after the other one has for 20m
      When version 1.0.1 of shop is published
      And the next check is due
      Then the update of the other workload to shop:1.0.1 succeeds
      When the other workload is scaled to 0 replicas
      And 30 minutes pass
      Then the workload still runs shop:1.0.0

  Rule: While the newest image waits, one that has proven itself is selected

    Scenario: A newer image follows before the older one has proven itself
      Given a watched workload runs shop:1.0.0 after the other one has for 20m
      When version 1.0.1 of shop is published
      And the next check is due
      Then the update of the other workload to shop:1.0.1 succeeds
      When version 1.0.2 of shop is published
      And 15 minutes pass
      Then the update of the other workload to shop:1.0.2 succeeds
      When 10 minutes pass
      Then the workload runs shop:1.0.1
      And the rollout succeeds
      When 30 minutes pass
      Then the workload runs shop:1.0.2

  Rule: Two workloads cannot wait for each other

    Scenario: A cycle
      Given a watched workload runs shop:1.0.0 after the other one has for 1h
      And the other one comes after it
      When the next check is due
      Then an event reports a held update: "is a cycle"
