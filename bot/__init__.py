"""Nightshift: works off labelled issues with Claude Code, unattended, and proves that its guards held."""
