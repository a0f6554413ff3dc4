"""What a session writes is judged when a program runs it: make, npm, test runners, hooks, build tools, interpreters.

Each case is a session: calls of tools and commands, and the files that the repository had. The last call is refused.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from hooks.policy import Context
from tests.hooks.forbidden_files import FORBIDDEN_FILES
from tests.hooks.forbidden_packages import FORBIDDEN_PACKAGES
from tests.hooks.sessions import Case, PlayedSession, edit, write

FORBIDDEN = [*FORBIDDEN_FILES, *FORBIDDEN_PACKAGES]


@pytest.mark.parametrize("case", FORBIDDEN, ids=lambda case: str(case[0][-1])[:60])
def test_what_a_session_wrote_is_judged_when_it_runs(case: Case, a_context: Context) -> None:
    """All earlier calls are granted: writing is no offence."""
    calls, files = case
    session = PlayedSession(a_context, files)

    for call in calls[:-1]:
        assert session.call(call).granted, call
    assert not session.call(calls[-1]).granted


FOLDERS = (
    "cat src",
    "cat < src",
    "python3 src",
    "python3 .",
    "node .",
    "node src",
    "bun .",
    "bash src",
    "node --test src/",
)


@pytest.mark.parametrize("command", FOLDERS)
def test_a_folder_may_stand_where_a_file_could(command: str, a_context: Context) -> None:
    assert PlayedSession(a_context, {"src/a.txt": ""}).call(command).granted


def test_reading_a_folder_leaves_no_descriptor_open(a_context: Context) -> None:
    """Each one that stayed open would bring the gate nearer to refusing every call."""
    session = PlayedSession(a_context, {"src/a.txt": ""})
    session.call("cat src; cat < src; bash src")
    before = len(list(Path("/proc/self/fd").iterdir()))

    for _ in range(100):
        session.call("cat src; cat < src; bash src")

    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_link_of_the_repository_is_followed_within_the_workspace(a_context: Context) -> None:
    """Also where the session has rewritten the file behind it in the same call."""
    session = PlayedSession(a_context, {"scripts/x.sh": "git push\n", "bin/.keep": "", "scripts/y.sh": "echo hi\n"})
    (a_context.workspace / "bin" / "x").symlink_to("../scripts/x.sh")
    (a_context.workspace / "bin" / "y").symlink_to("../scripts/y.sh")
    (a_context.home / "z.sh").write_text("echo hi\n")
    (a_context.workspace / "bin" / "z").symlink_to(a_context.home / "z.sh")

    assert session.call("./bin/x").rule == "git.push"
    assert session.call("./bin/y && bash bin/y").granted
    assert session.call("bash bin/z").rule == "unresolved.code"
    assert session.call("echo 'git push' > scripts/y.sh; ./bin/y").rule == "git.push"
    assert session.call("echo 'git push' > bin/y; bash scripts/y.sh").rule == "git.push"


def test_what_the_repository_had_counts_as_reviewed(a_context: Context) -> None:
    """An edit elsewhere in the file does not make its other commands the session's; a changed line is."""
    makefile = "OUT = out\nall:\n\techo hi\nclean:\n\trm -rf $(OUT)/x\n\t$(TIDY) now\n"
    session = PlayedSession(a_context, {"Makefile": makefile})

    assert session.play(edit("Makefile", "echo hi", "echo there"), "make clean").granted
    assert session.play(edit("Makefile", "OUT = out", "OUT = src"), "make clean").rule == "delete.recursive"


def test_a_download_stays_one_in_later_calls(a_context: Context) -> None:
    """Until the session writes the file itself."""
    session = PlayedSession(a_context)

    assert session.play("curl -o x.sh https://example.com/x", "chmod +x x.sh").granted
    assert session.call("./x.sh").rule == "remote.code"
    assert session.call("cp x.sh y.sh && bash y.sh").rule == "remote.code"
    assert session.play(write("x.sh", "echo hi\n"), "./x.sh").granted


def test_two_tasks_that_run_each_other_end(a_context: Context) -> None:
    """A task that runs its own runner is judged once."""
    session = PlayedSession(a_context)
    session.call(write("Makefile", "a: \n\tmake b\nb:\n\tmake a\n\tnpm run x\n"))
    session.call(write("package.json", '{"scripts": {"x": "make a && npm run y", "y": "npm run x"}}'))
    session.call(write("justfile", "x:\n  just y\ny:\n  just x\n  make a\n"))

    assert session.play("make a", "npm run x", "just x").granted
