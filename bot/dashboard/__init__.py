"""Read-only pages for whoever wants to know whether Nightshift works."""
