"""No rewriting makes a forbidden command pass: quoting, spacing, wrapping, hiding in another command."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hooks.policy import judge
from tests.hooks.rewriting import FORBIDDEN, GAPS, PERSON, PREFIXES, SPELLINGS, WRAPS, refused


@st.composite
def rewritten(draw: st.DrawFn) -> str:
    """A forbidden command in other spellings, with other blanks, inside other commands."""
    spelled = st.sampled_from(sorted(SPELLINGS))
    words = [SPELLINGS[draw(spelled)](word) for word in draw(st.sampled_from(FORBIDDEN))]
    gap = draw(st.sampled_from(GAPS))
    command = gap.join(words)
    for wrap in draw(st.lists(st.sampled_from(WRAPS), max_size=3)):
        command = wrap(command)
    return command


@settings(max_examples=150)
@given(rewritten())
def test_a_rewritten_command_is_never_granted(command: str) -> None:
    """However often it is wrapped, and however its words are spelled."""
    assert refused(command), command


@pytest.mark.parametrize("words", FORBIDDEN, ids=" ".join)
def test_a_wrapped_command_is_never_granted(words: tuple[str, ...]) -> None:
    """Programs that run programs do not hide them."""
    wrapped = [f"{prefix} {shlex.join(words)}" for prefix in PREFIXES]

    assert [command for command in wrapped if not refused(command)] == []


@pytest.mark.parametrize("number", range(len(WRAPS)))
def test_the_same_wrapping_of_a_harmless_command_is_granted(number: int) -> None:
    """It is the command that is refused, not its wrapping; only decoded text is not run whatever it says."""
    command = WRAPS[number]("ls -la")

    assert refused(command) == ("base64 -d" in command), command


@settings(max_examples=150)
@given(st.text(max_size=300))
def test_any_text_gets_a_ruling(text: str) -> None:
    """No input is answered with an exception."""
    assert judge("Bash", {"command": text}, PERSON).rule


@settings(max_examples=100)
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
    ruling = judge(tool, tool_input, PERSON)

    assert ruling.rule
    assert not ruling.granted or tool in {"Glob", "Grep"}


@settings(max_examples=100)
@given(st.text(alphabet=st.sampled_from("rm -f/~$(){}`'\"\\;|&<>x=*\n"), max_size=60))
def test_noise_around_a_deletion_never_grants_it(noise: str) -> None:
    """What the parser cannot read is refused; what it reads as data may pass only where the shell reads data."""
    command = f"{noise}\nrm -rf /home/agent\n"
    ruling = judge("Bash", {"command": command}, PERSON)

    assert not ruling.granted or any(opener in noise for opener in ("'", '"', "<<", "#", "\\", "exit")), command
