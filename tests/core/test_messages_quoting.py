"""Claude's words inside of the bot's: shown as they are, and without any effect."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.common.utils import unescapeAll
from markdown_it.token import Token

from bot.core.messages.quoting import code, fence, quote_text, words

# A separate reader: what GitHub's Markdown has and the code under test does not share.
PAGE = MarkdownIt("commonmark").enable(["table", "strikethrough"])
REFERENCE = re.compile(r"@\w|#\d|\bgh-\d|/(?:issues|pull|discussions)/\d", re.IGNORECASE)
DELIMITERS = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")
DRAWN = {"mermaid", "geojson", "topojson", "stl", "math"}


def shown(text: str, limit: int = 6000) -> str:
    """What a quote shows, without the marks of the quote itself and without what shows nothing."""
    lines = quote_text(text, limit).split("\n")
    assert all(line.startswith(">") for line in lines)
    return "\n".join(line[2:] for line in lines).replace("\u200b", "")


def outside_code(inline: Token) -> str:
    """The source of a paragraph, code spans cut out as CommonMark finds them."""
    kept, position = [], 0
    for run in re.finditer(r"(?<!`)(`+)(?!`)", inline.content):
        escaped = len(inline.content[: run.start()]) - len(inline.content[: run.start()].rstrip("\\"))
        if run.start() < position or (escaped % 2 and len(run[0]) == 1):
            continue
        closing = re.compile(rf"(?<!`){run[0]}(?!`)").search(inline.content, run.end())
        if closing is not None:
            kept.append(inline.content[position : run.start()] + "code")
            position = closing.end()
    return "".join([*kept, inline.content[position:]])


def effects(markdown: str) -> Iterator[str]:
    """What GitHub would make of a text besides emphasis, lists, quotes, small headings and code."""
    for token in PAGE.parse(markdown):
        if token.type in ("table_open", "html_block"):
            yield token.type
        if token.type == "fence" and (unescapeAll(token.info).split() or [""])[0].lower() in DRAWN:
            yield f"drawing {token.info}"
        if token.type == "heading_open" and token.tag in ("h1", "h2", "h3"):
            yield token.tag
        if token.type == "inline":
            yield from _in_paragraph(token)


def _in_paragraph(token: Token) -> Iterator[str]:
    children = token.children or []
    yield from (child.type for child in children if child.type in ("link_open", "image", "html_inline"))
    spoken = "".join(child.content if child.type == "text" else "\n" for child in children)
    yield from REFERENCE.findall(spoken)
    yield from re.findall(r"^\[[ xX]\]|^\[!\w+\]|\[\^\w+\]", spoken)
    source = outside_code(token)
    yield from re.findall(r"\$", source)
    yield from (f"bracket {found}" for found in re.findall(r"(?<!\\)(?:\\\\)*\[.{0,9}", source))
    yield from (f"table {line}" for line in source.split("\n") if DELIMITERS.fullmatch(line))


ACTIVE = [
    "[See the failing CI run](https://evil.example/login)",
    "[See the failing CI run][run]\n\n[run]: https://evil.example/login",
    "[run]\n\n[run]: https://evil.example/login",
    "<https://evil.example/login>",
    "[![passing](https://evil.example/badge.svg)](https://evil.example)",
    "![passing](https://evil.example/badge.svg)",
    "| | check | before | after |\n| --- | --- | --- | --- |\n| passes | `make` | exit 0 | exit 0 |",
    "check\n:-:\nall passed",
    "check | after\n-|-\nmake | exit 0",
    "- | a |\n  | - |\n  | b |",
    "> | a |\n> | - |\n> | b |",
    "```mermaid\ngraph TD; A[All 1204 checks pass] --> B[Approved by security]\n```",
    "~~~ MERMAID {x}\ngraph TD\n~~~",
    "```mer&#109;aid\ngraph TD\n```",
    "1. ```mermaid\n   graph TD\n   ```",
    "```geojson\n{}\n```",
    "````topojson\n{}\n````",
    "```stl\nsolid a\n```",
    "```math\n\\color{green}{passed}\n```",
    "$\\color{green}{\\text{All checks pass}}$ and $$\\Huge passed$$",
    "$`\\color{green}{passed}`$",
    "a `$` b $x$ `$`",
    "\\$x$ and x$y$z",
    "# Nightshift\n\nVerified\n========\n\n### Checks",
    "<details><summary>Evidence</summary>\n\nAll passed\n\n</details>",
    "<sub>small</sub> <img src=x> <!-- nightshift:status {} -->",
    "<!-- nightshift:reply x -->",
    "> [!IMPORTANT]\n> Verified by Nightshift",
    "- [x] All checks pass\n- [ ] open\n1. [X] done",
    "passed[^1]\n\n[^1]: says @octo/everyone",
    "@ada @octo/everyone &#64;ada &commat;ada \\@ada",
    "Fixes #1, closes octo/other#3, resolves GH-8, fixes https://github.com/o/r/issues/8 &#35;8 &num;8",
    "*Fixes* [#1](https://github.com/o/r/pull/1)",
    "`open @ada\n\n#1 ` @ada ``` #1",
    "Title\n---\n\n- - -\n\n***",
]


@pytest.mark.parametrize("text", ACTIVE, ids=lambda text: repr(text[:24]))
def test_nothing_of_claudes_has_an_effect(text: str) -> None:
    """Each way in which words on GitHub become more than words."""
    assert list(effects(text)) or "[" in text or "www" in text or "<https" in text
    assert list(effects(quote_text(text, 6000))) == []


PIECES = st.sampled_from(
    [
        *ACTIVE,
        *("`", "``", "```", "~~~", "$", "|", "[", "](", "](x)", "]:", "\\", "\n", "\n\n", "> ", "- ", "  ", "    "),
        *(
            "1. ",
            "3) ",
            "#",
            "<",
            "<!--",
            "-->",
            "&",
            "@a",
            "#1",
            "a",
            "é",
            "*",
            "_",
            "~~",
            ":-",
            "---",
            "=",
            "\t",
            "![",
        ),
    ]
)


@settings(deadline=None, max_examples=400)
@given(st.lists(PIECES | st.text(max_size=12), max_size=14).map("".join))
@example("`$``a`$")
@example("$`a`$ `$")
@example("@[a](b) #[1](b) GH-[1](b) &[#64](b);ada <[b](c)> /issues/[1](x)")
@example("a\n3. b\n- c\n\td\n> e\nf")
def test_nothing_of_any_text_has_an_effect(text: str) -> None:
    """However its pieces come together; and the quote stays within its bounds."""
    quote = quote_text(text, 3000)

    assert list(effects(quote)) == []
    assert len(quote) <= 6000
    assert all(token.type == "blockquote_open" for token in PAGE.parse(quote)[:1])
    blocks = [token for token in PAGE.parse(f"{quote}\n\nThe end") if token.level == 0 and token.nesting > 0]
    assert [token.type for token in blocks[-1:]] == ["paragraph_open"]


@settings(deadline=None)
@given(st.text(alphabet="ab \n*_`#>-1.|$~[]", max_size=200), st.sampled_from(["quoted", "words"]))
def test_no_letter_is_lost(text: str, how: str) -> None:
    """What Claude said is still there to be read."""
    told = quote_text(text, 6000) if how == "quoted" else words(text, 6000)

    assert [letter for letter in told if letter in "ab"] == [
        letter for letter in text if letter in "ab"
    ] or "text" in told


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The `clock` is *on* **time**, ~~not~~ late.", "The `clock` is *on* **time**, ~~not~~ late."),
        ("- a\n- b\n  1. c\n\n```python\nx[0]: int = '@a #1'\n```", None),
        ("para\n\n3. three\n4. four", None),
        ("[words](https://example.org/a_b)", "words (`https://example.org/a_b`)"),
        ("see https://example.org/a_b?c=1 there", None),
        ("<https://example.org>", "https://example.org"),
        ("![alt](https://example.org/x.png)", "image alt (`https://example.org/x.png`)"),
        ("snake_case and __init__.py", None),
        ("it costs $5 or $HOME", "it costs `$5` or `$HOME`"),
        ("$a + b$ is", "`$a + b$` is"),
        ("| a |\n| - |\n| b |", "```text\n| a |\n| - |\n| b |\n```"),
        ("```mermaid\ngraph TD\n```", "```text\ngraph TD\n```"),
        ("# Title\nwords", "#### Title\n\nwords"),
        ("- [x] done", "- \\[x\\] done"),
        ("a < b && c > d", None),
    ],
)
def test_what_is_said_reads_as_before(text: str, expected: str | None) -> None:
    """None: as it was."""
    assert shown(text) == (text if expected is None else expected)


@pytest.mark.parametrize("text", ["$x$ and $y$", "[a](https://e.example)", "| - |", "@ada #1 <b> `x`", "![a](b)"])
def test_a_note_on_one_line_has_no_effect(text: str) -> None:
    assert list(effects(words(text))) == []
    assert list(effects(code(text))) == []
    assert list(effects(fence(text, 100))) == []


@pytest.mark.parametrize(
    "text",
    [
        *("> " * 59 + "a\n" * 3000, "*" * 6000, "$" * 6000, "`" * 6000, "@a\n" * 2000, "- " * 3000, "[" * 6000),
        *("$a " * 2000, "![](" * 1500, "[a](b " * 1000, "http://" * 800, "\\" * 6000, "<a " * 2000, "1. a" * 1500),
    ],
    ids=lambda text: repr(text[:8]),
)
def test_a_text_that_is_made_to_grow_stays_in_its_bounds(text: str) -> None:
    started = time.thread_time()  # what other processes take does not count

    quote = quote_text(text, 6000)

    assert len(quote) <= 12_000
    assert time.thread_time() - started < 20
