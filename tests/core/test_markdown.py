"""Markdown as GitHub reads it."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.markdown import code_span, code_spans, command_lines, fence_for, prose, tokens


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a *b* **c** ~~d~~ e", "a b c  e"),
        ("a `b` c", "a ` c"),
        ("# a\n\nb\nc", "a\n\nb\nc"),
        ("a\n\n- b\n- c\n\nd", "a\n- b\n- c\n\nd"),
        ("a\n\n> b\n>\n> > c\n\nd", "a\n\nd"),
        ("a <!-- b --> <b>c</b> &amp; \\*d\\*", "a  c & *d*"),
        ("[a](b 'c') ![d](e)", "a "),
    ],
)
def test_prose_is_what_the_author_says(text: str, said: str) -> None:
    """Without markup, code, quotes and HTML."""
    assert prose(text) == said


@pytest.mark.parametrize(
    ("source", "spans"),
    [
        ("`a`", ["`a`"]),
        ("``a ` b`` `c", ["``a ` b``"]),
        ("`a `` b` ``c``", ["`a `` b`", "``c``"]),
        ("`a\nb`", ["`a\nb`"]),
        ("\\`a` b`", ["` b`"]),
        ("```", []),
    ],
)
def test_code_spans_end_at_a_run_as_long(source: str, spans: list[str]) -> None:
    """And a run that nothing ends is text."""
    assert [source[start:end] for start, end in code_spans(source)] == spans


@given(st.text(max_size=100) | st.text(alphabet="`~a\n ", max_size=40))
def test_code_cannot_be_left(text: str) -> None:
    """Neither a span nor a block."""
    spans = [child for token in tokens(f"x {code_span(text)} y") for child in token.children or []]
    fence = fence_for(text)

    expected = ["text", "code_inline", "text"] if " ".join(text.split()) else ["text"]
    assert [child.type for child in spans] == expected
    block = tokens(f"{fence}\n{text}\n{fence}\n\nend")
    assert [token.type for token in block] == ["fence", "paragraph_open", "inline", "paragraph_close"]


@given(st.text(alphabet="/ab \n\r\t>-`<!#|1.)~=", max_size=80))
def test_command_lines_are_lines_of_the_text(text: str) -> None:
    """They start with a slash."""
    for line in command_lines(text):
        assert line.startswith("/")
        assert line in text.replace("\r\n", "\n").replace("\r", "\n")


def test_the_parser_logs_none_of_its_steps(caplog: pytest.LogCaptureFixture) -> None:
    """At `LOG_LEVEL=debug` it would log several lines for each line of each text."""
    with caplog.at_level(logging.DEBUG):
        list(tokens("# Title\n\n- item\n\n> quote\n\ntext `code`\n"))

    assert caplog.records == []
