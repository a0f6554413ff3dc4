"""No everyday command of development is refused: a gate that refuses those would be switched off."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hooks.policy import Context, judge

LIST = Path(__file__).with_name("everyday.txt")
HEREDOC = re.compile(r"<<-?'?EOF'?")


def commands() -> list[str]:
    """The list's commands; one with a here-document goes on to the line that closes what it opened."""
    found: list[str] = []
    lines = iter(LIST.read_text(encoding="utf-8").splitlines())
    for line in lines:
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
        found.append(command)
    return found


COMMANDS = commands()


def test_the_list_is_long_enough_to_mean_something() -> None:
    """Eight languages, their tests, builds and linters, git, containers and the shell."""
    assert len(COMMANDS) >= 300
    assert len(set(COMMANDS)) == len(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_an_everyday_command_is_granted(command: str, shared_context: Context) -> None:
    """In an ordinary workspace, by an ordinary session."""
    ruling = judge("Bash", {"command": command}, shared_context)

    assert ruling.granted, f"{ruling.sentence()}\n" + "\n".join(ruling.trace)
