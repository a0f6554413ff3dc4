"""The commands of `nightshift`, one module for each set of services. `bot.cli` loads the module that is used."""
