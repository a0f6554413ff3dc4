"""Files that another program loads: written in one call and loaded in the next, and files that the repository had.

The lists `attacks.txt` and `everyday.txt` have each case as one command that writes the files with `printf`.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass

import pytest

from hooks.policy import Context
from tests.hooks.attacks import ATTACKS
from tests.hooks.everyday import BY_HEADING
from tests.hooks.sessions import PlayedSession, write

HEADING = "Files that another program loads, with nothing forbidden in them"
GROUPS = 8
FORM = len(("printf", "text", ">", "file"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """What is written, and the command that loads it."""

    files: dict[str, str]
    call: str


def read_case(command: str) -> Loading | None:
    """`printf TEXT > FILE && … && CALL`; None for a command of another form."""
    *writes, call = command.split(" && ")
    files = {}
    for part in (each for each in writes if not each.startswith("mkdir -p ")):
        words = shlex.split(part)
        if len(words) != FORM or (words[0], words[2]) != ("printf", ">"):
            return None
        files[words[3]] = words[1].encode().decode("unicode_escape").replace("%%", "%")
    return Loading(files=files, call=call) if files else None


def cases(commands: list[str]) -> list[Loading]:
    return [case for each in commands if each.startswith(("printf ", "mkdir ")) and (case := read_case(each))]


REFUSED = cases([command for _, command in ATTACKS])
GRANTED = cases(BY_HEADING[HEADING])


def play(case: Loading, context: Context) -> tuple[bool, str]:
    session = PlayedSession(context)
    for name, text in case.files.items():
        assert session.call(write(str(context.workspace / name), text)).granted, case
    ruling = session.call(case.call)
    for name in case.files:
        (context.workspace / name).unlink()
    return ruling.granted, ruling.rule


@pytest.mark.parametrize("group", range(GROUPS))
def test_what_one_call_wrote_is_judged_when_the_next_loads_it(group: int, a_context: Context) -> None:
    rulings = [(case, *play(case, a_context)) for case in REFUSED[group::GROUPS]]

    assert len(rulings) > 40
    assert [case for case, granted, _ in rulings if granted] == []


@pytest.mark.parametrize("group", range(GROUPS))
def test_a_loaded_file_with_nothing_forbidden_in_it_is_granted(group: int, a_context: Context) -> None:
    rulings = [(case, *play(case, a_context)) for case in GRANTED[group::GROUPS]]

    assert len(rulings) > 40
    assert [(case, rule) for case, granted, rule in rulings if not granted] == []


@pytest.mark.parametrize("group", range(GROUPS))
def test_what_the_repository_had_is_loaded(group: int, a_context: Context) -> None:
    """The same files, tracked."""
    refused = []
    for case in GRANTED[group::GROUPS]:
        session = PlayedSession(a_context, case.files)
        ruling = session.call(case.call)
        refused += [] if ruling.granted else [(case, ruling.rule)]
        for name in case.files:
            (a_context.workspace / name).unlink()

    assert refused == []
