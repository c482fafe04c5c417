Feature: Signatures
  Only images that are signed with the owner's key are rolled out.

  Background:
    Given the registry has shop in 1.0.0, 1.0.1
    And the Secret cosign holds the public key of the team

  Rule: A candidate must be signed with the key

    Scenario: A signed image is rolled out with the digest that was verified
      Given the team has signed shop:1.0.1
      And a watched workload runs shop:1.0.0 with verify-key set to "cosign/cosign.pub"
      When the next check is due
      Then the workload runs the new shop:1.0.1, pinned to its digest

    Scenario: An unsigned image is held
      Given a watched workload runs shop:1.0.0 with verify-key set to "cosign/cosign.pub"
      When the next check is due
      Then an event reports a held update: "not signed by cosign/cosign.pub"
      And the workload still runs shop:1.0.0

    Scenario: An image that somebody else has signed is held
      Given a stranger has signed shop:1.0.1
      And a watched workload runs shop:1.0.0 with verify-key set to "cosign/cosign.pub"
      When the next check is due
      Then an event reports a held update: "not signed by"
      And the workload still runs shop:1.0.0

    Scenario: An older image that is signed is selected instead
      Given the registry has shop in 1.0.2
      And the team has signed shop:1.0.1
      And a watched workload runs shop:1.0.0 with verify-key set to "cosign/cosign.pub"
      When the next check is due
      Then the workload runs the new shop:1.0.1, pinned to its digest

    Scenario: The Secret does not exist
      Given a watched workload runs shop:1.0.0 with verify-key set to "absent/cosign.pub"
      When the next check is due
      Then an event reports a held update: "it cannot be verified"
      And the workload still runs shop:1.0.0

  Rule: What runs is never touched

    Scenario: An unsigned image runs
      Given a watched workload runs shop:1.0.1 with verify-key set to "cosign/cosign.pub"
      When the next check is due
      Then an event reports an unverified image: "it is left as it is"
      And the workload still runs shop:1.0.1
