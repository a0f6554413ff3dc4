"""Implementations of the port `bot/steps/executor.py`: where attempts run. Temporal's modules are imported by the
commands that need them alone."""
