"""The commands of `everyday.txt`."""

from __future__ import annotations

import re
from pathlib import Path

LIST = Path(__file__).with_name("everyday.txt")
HEREDOC = re.compile(r"<<-?'?EOF'?")


def commands() -> dict[str, list[str]]:
    """The list's commands by the heading above them; one with a here-document goes on to the line that closes what it
    opened."""
    found: dict[str, list[str]] = {}
    heading = ""
    lines = iter(LIST.read_text(encoding="utf-8").splitlines())
    for line in lines:
        if line.startswith("#"):
            heading = line.removeprefix("# ")
        if not line or line.startswith("#"):
            continue
        command = line
        if HEREDOC.search(line):
            for inner in lines:
                command += f"\n{inner}"
                if inner == "EOF":
                    break
            if "$(cat <<" in line:
                command += f"\n{next(lines)}"
        found.setdefault(heading, []).append(command)
    return found


BY_HEADING = commands()
COMMANDS = [command for each in BY_HEADING.values() for command in each]
