Feature: Latest updates
  A workload may follow whatever its tag stands for, told by the digest and not by the name.

  Background:
    Given the registry has shop in edge

  Rule: What the instances run is compared with what the tag stands for now

    Scenario: The tag comes to stand for a new image
      Given a watched workload runs shop:edge with strategy set to "latest"
      When the tag edge of shop comes to stand for a new image
      And the next check is due
      Then the workload comes to run the new shop:edge, pinned to its digest
      And its owner is told "ImageUpdated" about "shop:edge"

    Scenario: A pinned image follows its tag
      Given a watched workload runs shop:edge with strategy set to "latest"
      When the tag edge of shop comes to stand for a new image
      And the next check is due
      Then the workload comes to run the new shop:edge, pinned to its digest
      When the tag edge of shop comes to stand for a new image
      And the next check is due
      Then the workload comes to run the new shop:edge, pinned to its digest

    Scenario: Nothing is changed merely to pin
      Given a watched workload runs shop:edge with strategy set to "latest"
      When the next check is due
      Then the workload still runs shop:edge
      And nothing was written to the workload

    Scenario: Nothing runs
      Given a watched workload runs shop:edge with strategy set to "latest"
      When it is scaled to 0 instances
      And the tag edge of shop comes to stand for a new image
      And the next check is due
      Then the workload still runs shop:edge
      And nothing was written to the workload
      And its owner is told nothing

  Rule: Whoever wants no digest in the image has the instances started anew

    Scenario: An image that stays unpinned
      Given a watched workload that is always pulled runs shop:edge with strategy set to "latest" and pin set to "false"
      When the tag edge of shop comes to stand for a new image
      And the next check is due
      Then its instances come to run the new shop:edge
      And the workload still runs shop:edge
      And its owner is told "ImageUpdated" about "shop:edge@sha256:"

    Scenario: An image that nodes would not pull again
      Given a watched workload runs shop:edge with strategy set to "latest" and pin set to "false"
      When the tag edge of shop comes to stand for a new image
      And the next check is due
      Then its owner is told "InvalidConfiguration" about "imagePullPolicy: Always" once
      And nothing was written to the workload
