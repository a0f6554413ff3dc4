"""No everyday command of development is refused: a gate that refuses those would be switched off."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hooks.policy import Context, judge

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


def test_the_list_is_long_enough_to_mean_something() -> None:
    """Eight languages, their tests, builds and linters, git, containers and the shell."""
    assert len(COMMANDS) >= 300
    assert len(set(COMMANDS)) == len(COMMANDS)


@pytest.mark.parametrize("heading", BY_HEADING)
def test_an_everyday_command_is_granted(heading: str, shared_context: Context) -> None:
    """In an ordinary workspace, by an ordinary session."""
    rulings = {command: judge("Bash", {"command": command}, shared_context) for command in BY_HEADING[heading]}
    refused = {command: each for command, each in rulings.items() if not each.granted}

    assert not refused, "\n\n".join(
        "\n".join((command, each.sentence(), *each.trace)) for command, each in refused.items()
    )
