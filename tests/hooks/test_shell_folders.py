"""Where a shell is after `cd`, `pushd` and `popd`, whether they fail or not, and how it leaves functions and loops."""

from __future__ import annotations

import pytest

from hooks.policy import Context, judge

FATAL = [
    # A folder that does not exist: the shell stays where it was.
    "cd no/where; rm -rf ../../dist",
    "cd no/where\nrm -rf ../../dist",
    "cd no/where || rm -rf ../../dist",
    "cd no/where || true; rm -rf ../../dist",
    "cd no/where || { echo missing; rm -rf ../../dist; }",
    "cd no/where && make || rm -rf ../../dist",
    "cd no/where && make; rm -rf ../../dist",
    "! cd no/where && rm -rf ../../dist",
    "if ! cd no/where; then rm -rf ../../dist; fi",
    "if cd no/where; then :; else rm -rf ../../dist; fi",
    "while ! cd no/where; do rm -rf ../../dist; done",
    "(cd no/where; rm -rf ../../dist)",
    "{ cd no/where; }; rm -rf ../../dist",
    "x=$(cd no/where; rm -rf ../../dist)",
    "f() { cd no/where; }; f; rm -rf ../../dist",
    "f() { cd no/where || return; }; f; rm -rf ../../dist",
    "for i in 1; do cd no/where || break; done; rm -rf ../../dist",
    "pushd no/where; rm -rf ../../dist",
    "command cd no/where; rm -rf ../../dist",
    "cd a b; rm -rf ../dist",
    "cd no/where 2>/dev/null; rm -rf ../../dist",
    "cd no/where | cat; rm -rf ../../dist",
    "cd no/where & rm -rf ../../dist",
    "eval 'cd no/where'; rm -rf ../../dist",
    "trap 'rm -rf ../../dist' EXIT; cd no/where",
    # One that existed and may be gone or closed.
    "rmdir sub; cd sub; rm -rf ../dist",
    "rm -r sub/build; mv sub other; cd sub; rm -rf ../dist",
    "chmod 000 sub; cd sub; rm -rf ../dist",
    "git checkout other; cd sub; rm -rf ../dist",
    # A program does not change the shell's folder.
    "env cd sub; rm -rf ../dist",
    "timeout 5 cd sub; rm -rf ../dist",
    "xargs cd <<< sub; rm -rf ../dist",
    "bash -c 'cd sub'; rm -rf ../dist",
    # Other ways to another folder.
    "cd sub; cd -; rm -rf ../dist",
    "cd -; rm -rf ../dist",
    "pushd sub; popd; rm -rf ../dist",
    "popd; rm -rf ../dist",
    "pushd +1; rm -rf ../dist",
    "CDPATH=/home/agent; cd sub; rm -rf ../dist",
    "OLDPWD=/home/agent; cd -; rm -rf ../dist",
    "HOME=/srv; cd; rm -rf dist",
    "cd $UNHEARD_OF; rm -rf ../dist",
]

HARMLESS = [
    "cd no/where && rm -rf ../../dist",
    "cd no/where || exit 1; rm -rf ../../dist",
    "cd no/where || { echo missing >&2; exit 1; }; rm -rf ../../dist",
    "mkdir -p no/where && cd no/where && rm -rf ../../dist",
    "cd sub; rm -rf ../dist",
    "cd sub && cd .. && rm -rf dist",
    "cd sub; make; cd ..; rm -rf dist",
    "pushd sub && popd && rm -rf dist",
    "pushd sub > /dev/null; rm -rf ../dist; popd > /dev/null; rm -rf dist",
    "cd sub; cd -; rm -rf dist",
    "mkdir -p /tmp/t && cd /tmp/t && touch a && cd - && rm -rf dist",
    "(cd sub && make); rm -rf dist",
    "CDPATH=/home/agent; cd ./sub; rm -rf ../dist",
    "if [ -d sub ]; then cd sub; rm -rf ../dist; fi",
    "for d in sub sub; do (cd $d && rm -rf ../dist); done",
    "git status; cd sub; rm -rf ../dist",
    "rm -f notes.txt; cd sub; rm -rf ../dist",
    "f() { cd sub && make; }; f; rm -rf dist",
]


@pytest.fixture
def context(a_context: Context) -> Context:
    """A workspace with the folder `sub`."""
    (a_context.workspace / "sub").mkdir()
    return a_context


@pytest.mark.parametrize("command", FATAL)
def test_a_deletion_is_judged_from_each_folder_in_which_it_may_run(command: str, context: Context) -> None:
    """Whether the `cd` before it has worked is known only when it runs."""
    assert not judge("Bash", {"command": command}, context).granted


@pytest.mark.parametrize("command", HARMLESS)
def test_a_folder_that_exists_is_believed(command: str, context: Context) -> None:
    """And so is one into which the shell must have come to get here."""
    ruling = judge("Bash", {"command": command}, context)

    assert ruling.granted, ruling.sentence()


def test_folders_that_exist_do_not_multiply(context: Context) -> None:
    """Each `cd` into one leaves one folder to judge from, however many there are."""
    names = [f"d{number}" for number in range(80)]
    for name in names:
        (context.workspace / name).mkdir()

    there = "; ".join(f"cd {name}; ls; cd .." for name in names)
    missing = "; ".join(f"cd x{name}; ls" for name in names)

    assert judge("Bash", {"command": there}, context).granted
    assert judge("Bash", {"command": missing}, context).rule == "unresolved.shell"


def test_a_link_is_followed_before_its_parent(context: Context) -> None:
    """The system goes through a link before `..`; only `cd` takes `..` out of the text."""
    (context.home / "far").mkdir()
    (context.workspace / "link").symlink_to(context.home / "far")
    (context.workspace / "dist").mkdir()

    assert not judge("Bash", {"command": "rm -rf link/../dist"}, context).granted
    assert not judge("Bash", {"command": "cd link; rm -rf ../dist"}, context).granted
    assert judge("Bash", {"command": "cd link/..; rm -rf dist"}, context).granted
    assert judge("Bash", {"command": "rm -rf sub/../dist"}, context).granted
