"""What Claude Code calls before and after each tool: the gate and its companions. Imports nothing of `bot`."""
