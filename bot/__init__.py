"""Nightshift: works through labelled issues with Claude Code, unattended, and proves that its guards held."""
