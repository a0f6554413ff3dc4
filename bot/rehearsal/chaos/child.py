"""The real bot with a saboteur inside: `python -m bot.rehearsal.chaos.child RECORD`, with its settings around it."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

from bot.adapters.settings import read_settings
from bot.processes import run_up
from bot.rehearsal.chaos.saboteur import Saboteur
from bot.rehearsal.chaos.strikes import Record
from bot.wiring import Services


def main() -> int:
    settings = read_settings(os.environ, Path(".env"))
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    saboteur = Saboteur(Record(Path(sys.argv[1])), settings.data_dir)
    return run_up(Services(settings, reached=saboteur.reached, clock=saboteur.now, monotonic=saboteur.monotonic))


if __name__ == "__main__":
    sys.exit(main())
