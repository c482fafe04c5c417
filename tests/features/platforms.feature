Feature: Platforms
  An image that some of the nodes could not run is not rolled out.

  Background:
    Given the cluster has nodes for amd64 and arm64
    And the registry has shop in 1.0.0 built for amd64 and arm64

  Rule: What the current image has and the nodes need, a candidate must have

    Scenario: A candidate lacks a platform
      Given the registry has shop in 1.0.1 built for amd64
      And a watched workload runs shop:1.0.0
      When the next check is due
      Then the workload still runs shop:1.0.0
      And its owner is told "UpdateHeld" about "not built for linux/arm64" once

    Scenario: An older one that has them all is taken
      Given the registry has shop in 1.0.1 built for amd64 and arm64
      And the registry has shop in 1.0.2 built for amd64
      And a watched workload runs shop:1.0.0
      When the next check is due
      Then the workload comes to run shop:1.0.1

  Rule: Nobody misses what he never had

    Scenario: An image for one platform on a mixed cluster
      Given the registry has single in 1.0.0 built for amd64
      And the registry has single in 1.0.1 built for amd64
      And a watched workload runs single:1.0.0
      When the next check is due
      Then the workload comes to run single:1.0.1
