Feature: Digest updates
  A workload can follow a mutable tag. A changed digest is an update.

  Background:
    Given the registry has shop in edge

  Rule: The running digest is compared with the published one

    Scenario: The tag is moved to a new image
      Given a watched workload runs shop:edge with strategy set to "latest"
      When the tag edge of shop is moved to a new image
      And the next check is due
      Then the workload runs the new shop:edge, pinned to its digest
      And an event reports a completed update: "shop:edge"

    Scenario: A pinned image keeps following its tag
      Given a watched workload runs shop:edge with strategy set to "latest"
      When the tag edge of shop is moved to a new image
      And the next check is due
      Then the workload runs the new shop:edge, pinned to its digest
      When the tag edge of shop is moved to a new image
      And the next check is due
      Then the workload runs the new shop:edge, pinned to its digest

    Scenario: An unchanged image is not pinned
      Given a watched workload runs shop:edge with strategy set to "latest"
      When the next check is due
      Then the workload still runs shop:edge
      And the workload is unchanged

    Scenario: The workload is scaled to zero
      Given a watched workload runs shop:edge with strategy set to "latest"
      When it is scaled to 0 replicas
      And the tag edge of shop is moved to a new image
      And the next check is due
      Then the workload still runs shop:edge
      And the workload is unchanged
      And no event is reported

  Rule: Without pinning, replicas are restarted

    Scenario: The image stays unpinned
      Given a watched workload that always pulls its image runs shop:edge with strategy set to "latest" and pin set to "false"
      When the tag edge of shop is moved to a new image
      And the next check is due
      Then its replicas run the new shop:edge
      And the workload still runs shop:edge
      And an event reports a completed update: "shop:edge@sha256:"

    Scenario: Nodes would not pull the image again
      Given a watched workload runs shop:edge with strategy set to "latest" and pin set to "false"
      When the tag edge of shop is moved to a new image
      And the next check is due
      Then an event reports an invalid configuration once: "imagePullPolicy: Always"
      And the workload is unchanged
