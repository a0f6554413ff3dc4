"""No everyday command of development is refused: a gate that refuses those would be switched off."""

from __future__ import annotations

import pytest

from hooks.policy import Context, judge
from tests.hooks.everyday import BY_HEADING, COMMANDS


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
