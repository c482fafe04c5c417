Feature: Release notes
  Images say in labels where they come from. People read it where they hear about an update.

  Background:
    Given the registry has shop in 1.0.0
    And the channels team-a and team-b

  Rule: An update is told with the links of the new image

    Scenario: The image is updated
      Given a watched workload runs shop:1.0.0 with notify set to "team-a"
      When version 1.0.1 of shop is published from https://github.com/example/shop
      And the next check is due
      Then an event reports a completed update: "release notes https://github.com/example/shop/releases"
      And a message in the channel team-a says "release notes https://github.com/example/shop/releases"

    Scenario: Somebody has to approve the image
      Given a watched workload runs shop:1.0.0 with notify set to "team-a" and approval set to "required"
      When version 1.0.1 of shop is published from https://git.example/shop?token=secret
      And the next check is due
      Then an event reports an available update once: "source https://git.example/shop"
      And a message in the channel team-a says "source https://git.example/shop"
      And nobody reads "secret"

    Scenario: The image is too young
      Given a watched workload runs shop:1.0.0 with notify set to "team-a" and min-age set to "1h"
      When version 1.0.1 of shop is published from https://github.com/example/shop
      And the next check is due
      Then an event reports an available update once: "release notes https://github.com/example/shop/releases"
      And the workload still runs shop:1.0.0

  Rule: Whoever builds an image can write anything there

    Scenario Outline: The label is no link that is safe to follow
      Given a watched workload runs shop:1.0.0 with notify set to "team-a"
      When version 1.0.1 of shop is published from <source>
      And the next check is due
      Then the rollout succeeds
      And the channel team-a gets in order: rollout completed 1.0.1
      And nobody reads "evil"

      Examples:
        | source                            |
        | http://evil.example/shop          |
        | https://github.com@evil.example/  |
        | javascript:evil()                 |
