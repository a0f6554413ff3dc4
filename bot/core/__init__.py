"""The pure half: values and decisions. Nothing in here reads, writes, sleeps or asks the time."""
