"""Nights in which everything breaks: processes are killed, GitHub fails, clocks jump, disks fill up."""
