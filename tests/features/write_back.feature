Feature: Images are written back to Git
  Where a tool applies manifests from Git, an update is a change of a manifest. Watch-Cluster makes it, waits until the
  tool has applied it, follows the rollout as any other, and takes a failed update back in Git.

  Background:
    Given the registry has shop in 1.0.0, 1.1.0

  Rule: A repository that takes commits gets one for each update

    Scenario: An update is committed, and verified once it is applied
      Given the manifests are in a repository that takes commits
      And a workload that is written back runs shop:1.0.0
      When the next check is due
      Then the repository has shop:1.1.0
      And the commit says "- container app: shop:1.0.0 -> shop:1.1.0"
      And an event reports an available update once: "is written in commit"
      And the workload still runs shop:1.0.0
      When the tool applies the repository
      Then the rollout succeeds
      And the workload records the update from shop:1.0.0 to shop:1.1.0
      And Watch-Cluster has made 1 commit

    Scenario: The commit names the release notes
      Given version 1.2.0 of shop is published from https://github.com/example/shop
      And the manifests are in a repository that takes commits
      And a workload that is written back runs shop:1.0.0
      When the next check is due
      Then the repository has shop:1.2.0
      And the commit says "- container app: release notes https://github.com/example/shop/releases"

    Scenario: A failed update is taken back in Git and not tried again
      Given version 1.2.0 of shop crashes
      And the manifests are in a repository that takes commits
      And a workload that is written back runs shop:1.0.0
      When the next check is due
      Then the repository has shop:1.2.0
      When the tool applies the repository
      Then shop:1.2.0 is quarantined
      And the repository has shop:1.0.0
      And the commit says "Roll back"
      And the workload still runs shop:1.2.0
      When the tool applies the repository
      Then the rollout is rolled back
      And Watch-Cluster has made 2 commits
      When the next check is due
      Then the repository has shop:1.1.0

    Scenario: A commit that somebody reverts is declined
      Given the manifests are in a repository that takes commits
      And a workload that is written back runs shop:1.0.0
      When the next check is due
      Then the repository has shop:1.1.0
      When a user reverts the commit
      And the next check is due
      Then shop:1.1.0 is quarantined
      And an event reports a held update once: "was declined: the commit was undone"
      When the next check is due
      Then Watch-Cluster has made 1 commit

    Scenario: Somebody else pushes at the same time
      Given the manifests are in a repository that takes commits
      And a workload that is written back runs shop:1.0.0
      When somebody else pushes first
      And the next check is due
      Then the repository has shop:1.1.0
      And Watch-Cluster has made 1 commit

    Scenario: A restart does not commit again
      Given the manifests are in a repository that takes commits
      And a workload that is written back runs shop:1.0.0
      When the next check is due
      Then the repository has shop:1.1.0
      When the controller is killed and started again
      And the next check is due
      Then Watch-Cluster has made 1 commit
      When the tool applies the repository
      Then the rollout succeeds

    Scenario: Nothing applies the commit
      Given the manifests are in a repository that takes commits
      And a workload that is written back runs shop:1.0.0
      When its owner sets proposal-timeout to "10m"
      And the next check is due
      Then the repository has shop:1.1.0
      When 11 minutes pass
      Then an event reports a held update once: "has waited for 10m (proposal-timeout)"

    Scenario: The workload may not write to the folder
      Given the operator allows another folder only
      And a workload that is written back runs shop:1.0.0
      When the next check is due
      Then an event reports a held update once: "may not write to apps"
      And Watch-Cluster has made no commits

    Scenario: The manifest has another image
      Given the manifests are in a repository that takes commits
      And a workload that is written back runs shop:1.0.0
      And its manifest has another image
      When the next check is due
      Then an event reports a held update once: "cannot be proposed: apps/shop.yaml"
      And Watch-Cluster has made no commits

  Rule: A repository that takes pull requests gets one for each workload

    Scenario: A merged request is verified once it is applied
      Given the manifests are in a repository that takes pull requests
      And a workload that is written back runs shop:1.0.0
      When the next check is due
      Then a request proposes shop:1.1.0
      And the repository has shop:1.0.0
      When a user merges the request
      And the next check is due
      And the tool applies the repository
      Then the rollout succeeds
      And 1 requests were opened in total

    Scenario: A newer image updates the request
      Given the manifests are in a repository that takes pull requests
      And a workload that is written back runs shop:1.0.0
      When the next check is due
      Then a request proposes shop:1.1.0
      When version 1.2.0 of shop is published
      And the next check is due
      Then a request proposes shop:1.2.0
      And 1 requests were opened in total

    Scenario: A request that is closed without merging is declined
      Given the manifests are in a repository that takes pull requests
      And a workload that is written back runs shop:1.0.0
      When the next check is due
      Then a request proposes shop:1.1.0
      When a user closes the request
      And the next check is due
      Then shop:1.1.0 is quarantined
      And an event reports a held update once: "was closed without merging"
      When the next check is due
      Then 1 requests were opened in total

    Scenario: A request that is no longer wanted is closed
      Given the manifests are in a repository that takes pull requests
      And a workload that is written back runs shop:1.0.0
      When the next check is due
      Then a request proposes shop:1.1.0
      When its owner sets enabled to "false"
      Then no request is open
      And no image is quarantined

    Scenario Outline: A request for an image that its owner does not want is closed
      Given the manifests are in a repository that takes pull requests
      And a workload that is written back runs shop:1.0.0
      When the next check is due
      Then a request proposes shop:1.1.0
      When its owner sets <setting> to "<value>"
      And the next check is due
      Then no request is open
      And 1 requests were opened in total

      Examples:
        | setting    | value  |
        | mode       | notify |
        | constraint | <1.1   |

    Scenario: The rollback is a request, too
      Given version 1.2.0 of shop crashes
      And the manifests are in a repository that takes pull requests
      And a workload that is written back runs shop:1.0.0
      When the next check is due
      Then a request proposes shop:1.2.0
      When a user merges the request
      And the tool applies the repository
      Then shop:1.2.0 is quarantined
      And a request proposes shop:1.0.0
      And the request says why the update failed
      When a user merges the request
      And the tool applies the repository
      Then the rollout is rolled back
      And 2 requests were opened in total
