Feature: Channels
  The operator makes channels, such as chat rooms. Workloads and namespaces choose them by name.

  Background:
    Given the registry has shop in 1.0.0

  Rule: Messages go to the channels that a workload names

    Scenario: The workload names a channel
      Given the channels team-a and team-b
      And a watched workload runs shop:1.0.0 with notify set to "team-a"
      When version 1.0.1 of shop is published
      And the next check is due
      Then the channel team-a gets in order: rollout completed 1.0.1
      And the channel team-b gets nothing

    Scenario: The namespace names a channel
      Given the channels team-a and team-b
      And the namespace sets notify to "team-b"
      And a watched workload runs shop:1.0.0
      When version 1.0.1 of shop is published
      And the next check is due
      Then the channel team-b gets in order: rollout completed 1.0.1
      And the channel team-a gets nothing

    Scenario: The image fails
      Given the channels team-a and team-b
      And version 1.0.1 of shop crashes
      And a watched workload runs shop:1.0.0 with notify set to "team-a"
      When the next check is due
      Then the channel team-a gets in order: rollout failed 1.0.1, rolled back 1.0.0

    Scenario: An update waits for approval
      Given the channels team-a and team-b
      And a watched workload runs shop:1.0.0 with notify set to "team-a" and approval set to "required"
      When version 1.0.1 of shop is published
      And the next check is due
      Then the channel team-a gets in order: approval needed 1.0.1

  Rule: Nobody can name what the operator has not made for them

    Scenario: The channel belongs to another namespace
      Given a channel team-a of another namespace
      And a watched workload runs shop:1.0.0 with notify set to "team-a"
      When version 1.0.1 of shop is published
      And the next check is due
      Then the rollout succeeds
      And an event reports an invalid configuration: "there is no channel team-a for this namespace"
      And the channel team-a gets nothing

    Scenario: The workload names an address
      Given the channels team-a and team-b
      And a watched workload runs shop:1.0.0 with notify set to "https://evil.example/hook"
      When version 1.0.1 of shop is published
      And the next check is due
      Then an event reports an invalid configuration: "names of channels that the operator has made"
      And the channel team-a gets nothing

  Rule: No message about the end of a rollout is lost

    Scenario: The controller is killed while the channel is away
      Given the channels team-a and team-b
      And the channel team-a is away
      And a watched workload runs shop:1.0.0 with notify set to "team-a"
      When version 1.0.1 of shop is published
      And the next check is due
      Then the rollout succeeds
      When the controller is killed and started again
      And the channel team-a is back
      And 6 minutes pass
      Then the channel team-a gets in order: rollout completed 1.0.1

  Rule: A digest tells everything at once

    Scenario: The digest comes in the morning
      Given a channel team-a with a digest every morning
      And a watched workload runs shop:1.0.0 with notify set to "team-a"
      When version 1.0.1 of shop is published
      And the next check is due
      Then the rollout succeeds
      And the channel team-a gets nothing
      When the next morning comes
      Then the channel team-a gets a digest with: rollout completed 1.0.1

    Scenario: The controller is killed before the morning
      Given a channel team-a with a digest every morning
      And a watched workload runs shop:1.0.0 with notify set to "team-a"
      When version 1.0.1 of shop is published
      And the next check is due
      Then the rollout succeeds
      When the controller is killed and started again
      And the next morning comes
      Then the channel team-a gets a digest with: rollout completed 1.0.1
