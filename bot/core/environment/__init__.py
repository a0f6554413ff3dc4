"""What makes a checkout ready for its tests: which commands, for which reason, and which registries they ask."""
