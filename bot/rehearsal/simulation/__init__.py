"""The ledger's use cases under a seeded scheduler, in one process and with one clock: docs/simulation.md."""
