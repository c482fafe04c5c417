Feature: Platforms
  An image that some nodes cannot run is not rolled out.

  Background:
    Given the cluster has nodes for amd64 and arm64
    And the registry has shop in 1.0.0 built for amd64 and arm64

  Rule: A candidate must support the platforms that the nodes need

    Scenario: A candidate lacks a platform
      Given the registry has shop in 1.0.1 built for amd64
      And a watched workload runs shop:1.0.0
      When the next check is due
      Then the workload still runs shop:1.0.0
      And an event reports a held update once: "not built for linux/arm64"

    Scenario: The newest version with all platforms is selected
      Given the registry has shop in 1.0.1 built for amd64 and arm64
      And the registry has shop in 1.0.2 built for amd64
      And a watched workload runs shop:1.0.0
      When the next check is due
      Then the workload runs shop:1.0.1

  Rule: Platforms that the current image lacks are not required

    Scenario: The current image supports one platform of a mixed cluster
      Given the registry has single in 1.0.0 built for amd64
      And the registry has single in 1.0.1 built for amd64
      And a watched workload runs single:1.0.0
      When the next check is due
      Then the workload runs single:1.0.1
