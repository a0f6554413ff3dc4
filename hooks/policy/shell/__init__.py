"""Understanding a shell command: parse it, expand its words, and walk it to the simple commands that would run."""
