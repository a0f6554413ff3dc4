"""Read-only pages that show the state of Nightshift."""
