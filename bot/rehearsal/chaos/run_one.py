"""Plays one night for `series` and prints it as JSON: `python -m bot.rehearsal.chaos.run_one KEY FOLDER`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from bot.rehearsal.chaos.night import play
from bot.rehearsal.chaos.plan import plan_named


def main() -> None:
    night = play(plan_named(sys.argv[1]), Path(sys.argv[2]), say=lambda _: None)
    json.dump(asdict(night) | {"steps": sorted(night.steps)}, sys.stdout)


if __name__ == "__main__":
    main()
