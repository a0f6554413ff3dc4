"""The real bot with an injector: `python -m bot.rehearsal.chaos.instrumented_bot RECORD [worker]`.

Its settings come from the environment. With `worker` it runs a worker without a web server.
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

from bot.adapters.settings import read_settings
from bot.processes import run_up, run_worker
from bot.rehearsal.chaos.injections import Record
from bot.rehearsal.chaos.injector import Injector
from bot.wiring import Services


def main() -> int:
    settings = read_settings(os.environ, Path(".env"))
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    injector = Injector(Record(Path(sys.argv[1])), settings.data_dir)
    services = Services(settings, reached=injector.reached, clock=injector.now, monotonic=injector.monotonic)
    return run_worker(services) if sys.argv[2:] == ["worker"] else run_up(services)


if __name__ == "__main__":
    sys.exit(main())
