Feature: Private registries
  Private images are queried with the pull credentials of their workload.

  Background:
    Given a private registry has shop in 1.0.0, 1.0.1
    And alice may read shop
    And the pull secret "for-alice" contains the credentials of alice
    And the pull secret "for-bob" contains the credentials of bob
    And the pull secret "outdated" contains an old password of alice

  Scenario: The workload references a pull secret
    Given a watched workload runs shop:1.0.0 with the pull secret "for-alice"
    When the next check is due
    Then the workload runs shop:1.0.1

  Scenario: The ServiceAccount has the pull secret
    Given the service account has the pull secret "for-alice"
    And a watched workload runs shop:1.0.0
    When the next check is due
    Then the workload runs shop:1.0.1

  Scenario Outline: The pull secret does not grant access
    Given a watched workload runs shop:1.0.0 with the pull secret "<secret>"
    When the next check is due
    Then an event reports a registry error: "shop"
    And the workload still runs shop:1.0.0

    Examples:
      | secret   |
      | for-bob  |
      | outdated |
      | absent   |

  Rule: The access of one workload is not used for another

    Scenario: Only one of two workloads has access
      Given a watched workload runs shop:1.0.0 with the pull secret "for-alice"
      And another workload runs shop:1.0.0 with the pull secret "for-bob"
      When the next check is due
      Then the workload runs shop:1.0.1
      And an event reports a registry error for the other workload: "shop"
      And the other workload still runs shop:1.0.0

    Scenario: Access is granted later
      Given a watched workload runs shop:1.0.0 with the pull secret "for-bob"
      When the next check is due
      Then an event reports a registry error: "shop"
      When bob may read shop
      And the next check is due
      Then the workload runs shop:1.0.1
