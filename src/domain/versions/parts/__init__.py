"""The parts of a tag: prefix, numbers, prerelease, variant and revision."""
