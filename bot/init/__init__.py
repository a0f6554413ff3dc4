"""`nightshift init`: sets Nightshift up, step by step, and can be repeated."""
