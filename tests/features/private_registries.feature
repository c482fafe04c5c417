Feature: Private registries
  An image that not everybody may see is followed with the credentials that its own workload pulls it with.

  Background:
    Given a private registry has shop in 1.0.0, 1.0.1
    And alice may read shop
    And the pull secret "for-alice" has the login of alice
    And the pull secret "for-bob" has the login of bob
    And the pull secret "outdated" has an old password of alice

  Scenario: A workload names its pull secret
    Given a watched workload runs shop:1.0.0 with the pull secret "for-alice"
    When the next check is due
    Then the workload comes to run shop:1.0.1

  Scenario: The ServiceAccount has the pull secret
    Given the ServiceAccount has the pull secret "for-alice"
    And a watched workload runs shop:1.0.0
    When the next check is due
    Then the workload comes to run shop:1.0.1

  Scenario Outline: The pull secret does not open the registry
    Given a watched workload runs shop:1.0.0 with the pull secret "<secret>"
    When the next check is due
    Then its owner is told "RegistryError" about "shop"
    And the workload still runs shop:1.0.0

    Examples:
      | secret   |
      | for-bob  |
      | outdated |
      | absent   |

  Rule: What one workload may read opens nothing for another

    Scenario: Two teams follow the same image, and one may not read it
      Given a watched workload runs shop:1.0.0 with the pull secret "for-alice"
      And another workload runs shop:1.0.0 with the pull secret "for-bob"
      When the next check is due
      Then the workload comes to run shop:1.0.1
      And the other's owner is told "RegistryError" about "shop"
      And the other workload still runs shop:1.0.0

    Scenario: The other team is given the right
      Given a watched workload runs shop:1.0.0 with the pull secret "for-bob"
      When the next check is due
      Then its owner is told "RegistryError" about "shop"
      When bob may read shop
      And the next check is due
      Then the workload comes to run shop:1.0.1
