"""Stands in for `nightshift attempt`: `FOLDER NAME --order REFERENCE --result FILE`.

`end` ends at once, `fail` fails, `wait` waits until FOLDER/NAME.go is there, `stubborn` does not end on SIGTERM,
`slow` does so after five seconds and leaves a result. Each run leaves FOLDER/NAME.PID.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path


def main(folder: Path, name: str, order: str, result: Path) -> None:
    (folder / f"{name}.{os.getpid()}").touch()
    print(json.dumps({"turns": 3, "note": "reads the heliotrope file", "usd": 0.5}), flush=True)  # noqa: T201 - its progress
    if order == "fail":
        sys.exit("the heliotrope could not be mended")
    if order == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if order == "slow":
        signal.signal(signal.SIGTERM, lambda *_: (folder / f"{name}.go").touch())
    while order in {"wait", "stubborn", "slow"} and not (folder / f"{name}.go").exists():
        time.sleep(0.05)
    if order == "slow":
        time.sleep(5)
    result.write_text(f"made of {order} by {os.getpid()}")


if __name__ == "__main__":
    _, folder, name, _, order, _, result = sys.argv
    main(Path(folder), name, order, Path(result))
