Feature: Living with GitOps tools
  A tool that applies manifests from Git undoes what is changed in the cluster. Watch-Cluster says so before it loses
  that fight, and updates only where the owner has made an exception.

  Background:
    Given the registry has shop in 1.0.0, 1.1.0

  Scenario: A workload is managed from Git
    Given a watched workload runs shop:1.0.0
    And Flux applies it from Git
    When the next check is due
    Then the workload still runs shop:1.0.0
    And an event reports a held update once: "but Flux (Kustomization flux-system/apps) would undo the update"

  Scenario: The owner has made an exception
    Given a watched workload runs shop:1.0.0
    And Flux applies it from Git
    When its owner sets gitops to "ignore"
    And the next check is due
    Then the workload runs shop:1.1.0
