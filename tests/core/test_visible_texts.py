"""A separate reader of GitHub's page, without the code under test: the brief holds what it reads, and no more."""

from __future__ import annotations

import html
import random
import re
from html.parser import HTMLParser

from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.core.visible import visible

# -- an independent page: what a reader of GitHub's page can read, found out without the code under test


class _Text(HTMLParser):
    """The text of a page, without elements that are not shown."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("br", "hr", "img") and (self._hidden or "hidden" in dict(attrs)):
            self._hidden.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._hidden and tag == self._hidden[-1]:
            self._hidden.pop()
        if tag in ("p", "li", "td", "th", "h1", "pre", "div", "summary"):
            self.said.append("\0")  # no formula goes on behind it

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.said.append(data)


_FENCES = re.compile(r'<pre><code class="language-(\w+)">(.*?)</code></pre>', re.DOTALL)
_CODE = re.compile(r"<code[^>]*>.*?</code>", re.DOTALL)
_FORMULAS = re.compile(r"\$\$(.*?)\$\$|\$(\S(?:[^$]*\S)?)\$", re.DOTALL)


def page_text(markdown: str) -> str:
    """As a person reads it: HTML is rendered, drawings and formulas are drawn, footnotes moved."""
    body, notes = _without_footnotes(markdown)
    rendered = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(body)
    cited, known = "", rendered
    for _ in notes:  # a footnote may refer to another one
        labels = dict.fromkeys(re.findall(r"\[\^(\w+)\]", known))
        cited = "".join(notes[label] for label in labels if label in notes)
        known = rendered + cited
    text = _Text()
    text.feed(_CODE.sub(lambda code: code[0].replace("$", ""), _FENCES.sub(_drawn, rendered)) + cited)
    text.close()
    return "\n".join(_FORMULAS.sub(_drawn_formula, block) for block in "".join(text.said).split("\0"))


def _without_footnotes(markdown: str) -> tuple[str, dict[str, str]]:
    notes: dict[str, str] = {}
    kept = []
    for line in markdown.split("\n"):
        found = re.match(r"(?:> |- )?\[\^(\w+)\]: (.*)", line)
        if found:
            notes.setdefault(found[1], found[2])
        kept.append("" if found else line)
    return "\n".join(kept), notes


def _drawn(block: re.Match[str]) -> str:
    language, source = block[1], html.unescape(block[2])
    if language == "mermaid":
        drawn = re.sub(r"(?m)^\s*(?:%%|click |acc\w+:).*$", "", source)
        return html.escape(re.sub(r"\w+(?=\[)", "", drawn))
    return "" if language in ("geojson", "topojson", "stl") else block[0]


def _drawn_formula(formula: re.Match[str]) -> str:
    drawn = re.sub(r"%.*", "", formula[1] or formula[2] or "")
    drawn = re.sub(r"\\(?:phantom|hphantom|vphantom)\{[^{}]*\}", "", drawn)
    return re.sub(r"\\(?:textcolor|color)\{white\}\{[^{}]*\}", "", drawn)


SEEN = [
    "w{}", "**w{}** and *w{}*", "`w{}`", "~~w{}~~", "[w{}](https://example.org/x)", "<b>w{}</b>", "$w{}$", "w{}[^a]",
    "<details><summary>w{}</summary>w{}</details>", "$\\frac{{w{}}}{{2}}$", "w{} :tada:", "costs $5 w{}", "w{}[^b]",
]  # fmt: skip
UNSEEN = [
    "<!-- w{} -->", "![w{}](x)", "<p hidden>w{}</p>", "[](https://w{}.example)", "$\\phantom{{w{}}}$", "$x % w{}$",
    "$\\color{{white}}{{w{}}}$", "<img alt='w{}'>", "[x](y 'w{}')", "$$\\textcolor{{white}}{{w{}}}$$",
]  # fmt: skip
BLOCKS = [
    "{}", "# {}", "> {}", "- {}\n- {}", "1. {}", "| {} |\n| --- |\n| {} |", "```\n{}\n```", "~~~python\n{}\n~~~",
    "<div>\n\n{}\n\n</div>", "```mermaid\ngraph TD\nx{}[n{}] --> y{}\n%% z{}\n```", "```geojson\n{}\n```",
    "```stl\n{}\n```", "[^a]: {}", "[^b]: {}", "[^c]: {}", "> [^b]: {}", "- [^c]: {}", "[w]: x '{}'",
    "<div hidden>\n\n{}\n\n</div>",
]  # fmt: skip


def _built(seed: int) -> str:
    """A text made of pieces, each word of which is used once."""
    chance, number = random.Random(seed), iter(range(100, 10_000))  # noqa: S311 - Hypothesis gives the seed
    blocks = []
    for _ in range(chance.randint(1, 7)):
        block = chance.choice(BLOCKS)
        if "mermaid" in block:
            blocks.append(block.format(*(next(number) for _ in range(4))))
            continue
        pieces = []
        for _ in range(block.count("{}")):
            chosen = [chance.choice(SEEN + UNSEEN) for _ in range(chance.randint(1, 3))]
            pieces.append(" ".join(each.format(*(next(number) for _ in range(2))) for each in chosen))
        blocks.append(block.format(*pieces))
    return "\n\n".join(blocks)


@settings(deadline=None, max_examples=300)
@given(st.integers(0, 2**32))
def test_everything_in_the_brief_is_on_the_page(seed: int) -> None:
    """Each word of the brief is one that a reader of the page could read; an address is marked as one."""
    text = _built(seed)

    page = page_text(text)

    seen = re.sub(r"\]\(\S*?\)", "]", visible(text))
    assert not [word for word in re.findall(r"[wxyzn]\d+", seen) if word not in page], text


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 2**32))
def test_what_hides_nothing_is_all_there(seed: int) -> None:
    """Texts without a piece that hides something lose no word."""
    chance = random.Random(seed)  # noqa: S311 - Hypothesis gives the seed
    plain = [block for block in BLOCKS[:10] if "~~~" not in block and "```" not in block]
    pieces = [piece for piece in SEEN if "[^" not in piece]
    number = iter(range(100, 10_000))

    def words() -> str:
        return chance.choice(pieces).format(*(next(number) for _ in range(2)))

    text = "\n\n".join(re.sub(r"\{\}", lambda _: words(), chance.choice(plain)) for _ in range(5))

    assert [word for word in re.findall(r"w\d+", text) if word not in visible(text)] == []


ANY = st.text(alphabet="[^]:$\\`a%{} \n>-~<!()phmdef", max_size=120)


@settings(deadline=None, max_examples=200)
@given(ANY)
@example("[^a]:[^a]")
def test_any_text_of_these_is_read(text: str) -> None:
    visible(text)
