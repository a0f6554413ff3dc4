"""The acting half: each module talks to one thing outside (the ledger, git, Claude Code, GitHub)."""
