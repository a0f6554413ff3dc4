"""The attacks of `attacks.txt`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

LIST = Path(__file__).with_name("attacks.txt")


def attacks() -> Iterator[tuple[str, str]]:
    rule = ""
    for line in LIST.read_text(encoding="utf-8").splitlines():
        if section := re.fullmatch(r"\[([a-z.]+)\]", line):
            rule = section[1]
        elif line and not line.startswith("#"):
            yield rule, line.replace("\\n", "\n").replace("\\t", "\t")


ATTACKS = list(attacks())
