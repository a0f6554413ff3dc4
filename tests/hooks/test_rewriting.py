"""No rewriting makes a forbidden command pass: quoting, spacing, wrapping, hiding in another command."""

from __future__ import annotations

import base64
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hooks.policy import Context, judge

PERSON = Context(workspace=Path("/srv/nightshift/workspace"), home=Path("/home/agent"))
FORBIDDEN = [
    ("rm", "-rf", "/home/agent"),
    ("git", "push", "--force", "origin", "main"),
    ("git", "reset", "--hard"),
    ("dropdb", "app"),
    ("kubectl", "delete", "namespace", "prod"),
    ("npm", "publish"),
    ("cat", ".env"),
    ("sudo", "ls"),
    ("reboot",),
    ("mkfs.ext4", "/dev/sda1"),
    ("terraform", "destroy"),
    ("psql", "-c", "DROP TABLE users"),
    ("shred", "notes.txt"),
    ("chmod", "-R", "777", "/"),
    ("gh", "pr", "merge", "42"),
    ("crontab", "-r"),
    ("tee", ".claude/settings.json"),
]


def refused(command: str) -> bool:
    return not judge("Bash", {"command": command}, PERSON).granted


SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": shlex.quote,
    "single": lambda word: f"'{word}'",
    "double": lambda word: f'"{word}"',
    "pieces": lambda word: f"'{word[:1]}'\"{word[1:2]}\"''{shlex.quote(word[2:]) if word[2:] else ''}",
    "escaped": lambda word: "".join(f"\\{character}" for character in word),
    "octal": lambda word: "$'" + "".join(f"\\{ord(character):03o}" for character in word) + "'",
    "hex": lambda word: "$'" + "".join(f"\\x{ord(character):02x}" for character in word) + "'",
}
"""How a word may be told to the shell."""


@st.composite
def rewritten(draw: st.DrawFn) -> str:
    """A forbidden command in other spellings, with other blanks, inside other commands."""
    spelled = st.sampled_from(sorted(SPELLINGS))
    words = [SPELLINGS[draw(spelled)](word) for word in draw(st.sampled_from(FORBIDDEN))]
    gap = draw(st.sampled_from([" ", "  ", "\t", " \\\n "]))
    command = gap.join(words)
    for wrap in draw(st.lists(st.sampled_from(WRAPS), max_size=3)):
        command = wrap(command)
    return command


def quoted(command: str) -> str:
    return shlex.quote(command)


WRAPS: list[Callable[[str], str]] = [
    lambda command: f"true && {command}",
    lambda command: f"ls; {command}",
    lambda command: f"( {command} )",
    lambda command: f"{{ {command}; }}",
    lambda command: f"if true; then {command}; fi",
    lambda command: f"for x in 1 2; do {command}; done",
    lambda command: f"while read l; do {command}; done < list",
    lambda command: f"f() {{ {command}; }}; f",
    lambda command: f'echo "$( {command} )"',
    lambda command: f"cat <( {command} )",
    lambda command: f"x=$( {command} )",
    lambda command: f"{command} | cat",
    lambda command: f"echo y | {command}",
    lambda command: f"{command} > out.txt 2>&1",
    lambda command: f"bash -c {quoted(command)}",
    lambda command: f"sh -euxc {quoted(command)}",
    lambda command: f"eval {quoted(command)}",
    lambda command: f"env -S {quoted(command)}",
    lambda command: f"trap {quoted(command)} EXIT",
    lambda command: f"bash <<< {quoted(command)}",
    lambda command: f"bash <<'END_OF_IT'\n{command}\nEND_OF_IT",
    lambda command: f"printf '%s' {quoted(command)} | sh",
    lambda command: f"echo {base64.b64encode(command.encode()).decode()} | base64 -d | bash",
    lambda command: f"printf '%s\\n' {quoted(command)} > run.sh; bash run.sh",
    lambda command: f'X={quoted(command)}; eval "$X"',
    lambda command: f"python3 -c {quoted(f'import os; os.system({command!r})')}" if "'" not in command else command,
    lambda command: f"find . -exec sh -c {quoted(command)} \\;",
    lambda command: f"watch {quoted(command)}",
]
PREFIXES = [
    "env",
    "env A=1",
    "command",
    "nice -n 5",
    "timeout 5",
    "time",
    "stdbuf -oL",
    "exec",
    "nohup",
    "xargs",
    "A=b",
    "!",
    "ionice -c3",
    "busybox",
    "strace -f",
    "setsid",
    "coproc",
    "uv run",
    "poetry run",
    "bundle exec",
]


@settings(max_examples=150, deadline=None)
@given(rewritten())
def test_a_rewritten_command_is_never_granted(command: str) -> None:
    """However often it is wrapped, and however its words are spelled."""
    assert refused(command), command


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("words", FORBIDDEN, ids=" ".join)
def test_a_wrapped_command_is_never_granted(prefix: str, words: tuple[str, ...]) -> None:
    """Programs that run programs do not hide them."""
    assert refused(f"{prefix} {shlex.join(words)}")


@pytest.mark.parametrize("number", range(len(WRAPS)))
def test_the_same_wrapping_of_a_harmless_command_is_granted(number: int) -> None:
    """It is the command that is refused, not its wrapping; only decoded text is not run whatever it says."""
    command = WRAPS[number]("ls -la")

    assert refused(command) == ("base64 -d" in command), command


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_any_text_gets_a_ruling(text: str) -> None:
    """No input is answered with an exception."""
    assert judge("Bash", {"command": text}, PERSON).rule


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=8,
    ),
    st.sampled_from(["Bash", "Read", "Edit", "Write", "Grep", "Glob", "WebFetch", "Task", "mcp__x__y", ""]),
)
def test_any_input_of_any_tool_gets_a_ruling(tool_input: object, tool: str) -> None:
    """Malformed input is refused, by name."""
    verdict = judge(tool, tool_input, PERSON)

    assert verdict.rule
    assert not verdict.granted or tool in {"Glob", "Grep"}


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=st.sampled_from("rm -f/~$(){}`'\"\\;|&<>x=*\n"), max_size=60))
def test_noise_around_a_deletion_never_grants_it(noise: str) -> None:
    """What the parser cannot read is refused; what it reads as data may pass only where the shell reads data."""
    command = f"{noise}\nrm -rf /home/agent\n"
    verdict = judge("Bash", {"command": command}, PERSON)

    assert not verdict.granted or any(opener in noise for opener in ("'", '"', "<<", "#", "\\", "exit")), command
