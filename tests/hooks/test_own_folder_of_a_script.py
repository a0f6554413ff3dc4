"""`BASH_SOURCE`: a script that names its folder reads the file that bash reads there."""

from __future__ import annotations

import pytest

from hooks.policy import Context
from tests.hooks.sessions import PlayedSession, write

NAMES = [
    '. "$(dirname -- "${BASH_SOURCE[0]}")/env.sh"',
    'HERE="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"; source "$HERE/env.sh"',
    'source "${BASH_SOURCE%/*}/env.sh"',
    'source "$(dirname "$BASH_SOURCE")/env.sh"',
    'BASH_SOURCE=(elsewhere/x); source "$(dirname "$BASH_SOURCE")/env.sh"',
]


@pytest.mark.parametrize("runs", ["bash scripts/run.sh", "source scripts/run.sh"])
@pytest.mark.parametrize("body", NAMES)
def test_the_file_beside_a_script_is_judged(a_context: Context, body: str, runs: str) -> None:
    harmless, harmful = (
        PlayedSession(a_context).play(write("scripts/run.sh", f"{body}\n"), write("scripts/env.sh", text), runs)
        for text in ("export A=1\n", "git push\n")
    )

    assert harmless.granted, harmless.sentence()
    assert harmful.rule == "git.push"


def test_a_function_has_the_file_that_defined_it(a_context: Context) -> None:
    """Which that is, is not followed: nothing may be granted for another one."""
    ruling = PlayedSession(a_context).play(
        write("a/lib.sh", 'f() { source "$(dirname "${BASH_SOURCE[0]}")/x.sh"; }\n'),
        write("a/x.sh", "git push\n"),
        write("b/x.sh", "true\n"),
        write("b/main.sh", ". a/lib.sh\nf\n"),
        "bash b/main.sh",
    )

    assert ruling.rule == "unresolved.code"
