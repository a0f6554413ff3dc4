"""What GitHub draws, moves or leaves out: nothing reaches the brief that the page does not show."""

from __future__ import annotations

import html
import random
import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.core.visible import visible


def told(text: str) -> str:
    return re.sub(r"\n{2,}", "\n", visible(text)).strip()


def fence(language: str, *lines: str) -> str:
    return "\n".join([f"```{language}", *lines, "```"])


MERMAID = "[a drawing in mermaid, its source left out]"
FORMULA = "[a formula that may hide a part of its source, left out]"


@pytest.mark.parametrize(
    ("source", "drawn"),
    [
        ("graph TD; A-->B;", "graph TD\n    A --> B"),
        ("flowchart LR\n  A[Start] --> B{Open?}\n  B -->|yes| C([Go in])\n  B -- no --> D", None),
        ("graph TD\n%% HIDDEN\n  A-->B\n  %%HIDDEN", "graph TD\n    A --> B"),
        ("%%{init: {'theme': 'dark'}}%%\ngraph TD\nA-->B", "graph TD\n    A --> B"),
        ("graph TD\naccTitle: HIDDEN\naccDescr: HIDDEN\naccDescr {\n HIDDEN\n}\nA-->B", "graph TD\n    A --> B"),
        ('graph TD\nA-->B\nclick A "https://HIDDEN.example" "HIDDEN"', "graph TD\n    A --> B"),
        ("graph TD\nHIDDEN[Start] --> B\nHIDDEN --> C", "graph TD\n    A[Start] --> B\n    A --> C"),
        ("graph TD\nsubgraph one\nA & B --> C\nend", "graph TD\n    subgraph one\n    A & B --> C\n    end"),
        ("sequenceDiagram\nparticipant A\nactivate A", "sequenceDiagram\n    participant A\n    activate A"),
        ("sequenceDiagram\n%% HIDDEN\nparticipant HIDDEN as Ada\nHIDDEN->>Bob: Hi\nNote over HIDDEN,Bob: Hm", None),
    ],
)
def test_a_drawing_shows_its_labels_and_arrows(source: str, drawn: str | None) -> None:
    """Neither its comments, links and descriptions, nor the names that its labels stand in for."""
    seen = told(fence("mermaid", source))

    assert "HIDDEN" not in seen
    if drawn is not None:
        assert seen == fence("mermaid", drawn)
    for word in re.findall(r"Start|Open\?|Go in|yes|no\b|Ada|Bob|Hi\b|Hm", re.sub(r"HIDDEN|%%.*", "", source)):
        assert word in seen


@pytest.mark.parametrize(
    "source",
    [
        "%%{init: {'themeVariables': {'primaryTextColor': '#fff', 'x': 'HIDDEN'}}}%%\ngraph TD\nA[HIDDEN]-->B",
        "---\ntitle: x\nconfig: HIDDEN\n---\ngraph TD\nA-->B",
        "graph TD\nA[HIDDEN]-->B\nstyle A color:#fff,fill:#fff",
        "graph TD\nA[HIDDEN]-->B\nclick B x; style A color:#fff",
        "graph TD\nA[HIDDEN]:::white-->B\nclassDef white color:white",
        "graph TD\nA[HIDDEN]-->B\nA[Shown]",
        "graph TD\nA~~~B\nHIDDEN",
        "graph TD\nA[\"<span style='color:white'>HIDDEN</span>\"]",
        "graph TD\nA[#72;IDDEN]-->B",
        'graph TD\nA["$$\\phantom{HIDDEN}$$"]',
        'graph TD\nA["`HIDDEN`"]',
        "graph TD\nA[fa:fa-HIDDEN ok]-->B",
        "graph TD\nA-->B %% HIDDEN",
        "graph TD\nX accDescr{\nA[HIDDEN]\n}",
        "graph TD\nsubgraph HIDDEN [Shown]\nA\nend",
        "graph TD\nsubgraph HIDDEN\nA[x]\nend\nHIDDEN[Shown]-->B",
        "sequenceDiagram\nA->>B: Hi # HIDDEN",
        'sequenceDiagram\nlinks A: {"HIDDEN": "https://x"}\nA->>B: Hi',
        "sequenceDiagram\nparticipant A as HIDDEN\nparticipant A as Ada\nA->>B: Hi",
        "classDiagram\nclass A\n%% HIDDEN",
        "gantt\ntitle HIDDEN",
        "HIDDEN",
        "",
    ],
)
def test_a_drawing_that_may_hide_something_is_left_out(source: str) -> None:
    """Whatever the grammar does not know."""
    assert told(fence("mermaid", source)) == MERMAID


@pytest.mark.parametrize("language", ["geojson", "topojson", "stl", "TopoJSON", "STL x", "geojson {x}", "&#103;eojson"])
@pytest.mark.parametrize("around", ["{}", "> {}", "- {}", "1. > {}", "<details>\n\n{}\n\n</details>"])
def test_maps_and_models_are_left_out(language: str, around: str) -> None:
    """A map shows shapes; its properties and a model's name are not drawn."""
    block = fence(language, '{"type": "Feature", "properties": {"x": "HIDDEN"}}')
    lines = around.format(block).split("\n") if around.startswith("<") else _continued(around, block)

    seen = told("\n".join(lines))

    assert "HIDDEN" not in seen
    assert "its source left out]" in seen


def _continued(around: str, block: str) -> list[str]:
    mark = around.removesuffix("{}")
    rest = "".join(character if character == ">" else " " for character in mark)
    return [(rest if index else mark) + line for index, line in enumerate(block.split("\n"))]


@pytest.mark.parametrize("marks", ["```", "~~~", "`````", "   ~~~~"])
@pytest.mark.parametrize("info", ["MERMAID", "mermaid {x}", " mermaid", "mer&#109;aid", "mermaid,x", "mermaid{x}"])
def test_a_drawing_is_known_however_its_block_is_spelled(marks: str, info: str) -> None:
    assert told(f"{marks}{info}\ngantt\n%% HIDDEN\n{marks}") == MERMAID


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a[^1]\n\n[^1]: note", "a[^1]\n[^1]: note"),
        ("a[^HIDDEN]\n\n[^hidden]: note", "a[^1]\n[^1]: note"),
        ("a[^b] [^a]\n\n[^a]: first\n[^b]: second", "a[^1] [^2]\n[^1]: second\n[^2]: first"),
        ("b\n\n[^zz]: HIDDEN", "b"),
        ("b\n\n[^zz]: HIDDEN words\n\n    HIDDEN paragraph\n\n    - HIDDEN\n\nend", "b\nend"),
        ("b\n[^zz]: HIDDEN\nHIDDEN lazy\n\nend", "b\nend"),
        ("b\n\n[^zz]:\n    HIDDEN\n\nend", "b\nend"),
        ("b\n\n[^zz]: ```\n    HIDDEN\n    ```\n\nend", "b\nend"),
        ("> b\n>\n> [^zz]: HIDDEN", "> b"),
        ("- b\n\n  [^zz]: HIDDEN", "- b"),
        ("> b\n[^zz]: HIDDEN", "> b"),
        ("a[^1]\n\n[^1]: note\n[^1]: HIDDEN", "a[^1]\n[^1]: note"),
        ("a[^A]\n\n[^a]: note\n[^A]: HIDDEN", "a[^1]\n[^1]: note"),
        ("a\n\n[^1]: HIDDEN [^1]", "a"),
        ("a\n\n[^1]: HIDDEN [^2]\n[^2]: HIDDEN", "a"),
        ("a[^1]\n\n[^1]: note [^2]\n[^2]: other", "a[^1]\n[^1]: note [^2]\n[^2]: other"),
        ("a[^1]\n\n[^1]: note\n    [^2]: HIDDEN", "a[^1]\n[^1]: note"),
        ("`[^1]`\n\n[^1]: HIDDEN", "`[^1]`"),
        ("<p hidden>[^1]</p>\n\n[^1]: HIDDEN", ""),
        ("![[^1]](x)b\n\n[^1]: HIDDEN", "b"),
        ("\\[^1]\n\n[^1]: HIDDEN", "[^1]"),
        ("a[^\u200b1]\n\n[^1]: HIDDEN", "a[^1]"),
        ("a[^none] and [^ x]", "a[^none] and [^ x]"),
        ("[^1]: https://HIDDEN.example 'HIDDEN'\n\nb", "b"),
    ],
)
def test_footnotes_are_seen_where_they_are_referred_to(text: str, seen: str) -> None:
    """The first of each label, by its number, below everything else."""
    assert "HIDDEN" not in visible(text).replace("[^HIDDEN]", "")
    assert told(text) == seen


@pytest.mark.parametrize(
    "text",
    [
        "$x^2 + \\frac{a}{b} \\leq \\sum_{k=1}^n \\alpha_k$",
        "$$\\begin{aligned} a &= b \\end{aligned}$$",
        "a $\\text{if } x > 0$ b",
        "$`\\sqrt{x}`$",
        fence("math", "E = mc^2"),
        "it costs $5, or 10% of $50",
        "C:\\Windows\\System32 and \\phantom{words}",
        "`$\\phantom{x}$` and `$HOME`",
        "$HOME and $PATH",
        "50% of 100%",
    ],
)
def test_a_plain_formula_stays(text: str) -> None:
    """As do dollar signs that are none."""
    assert told(text) == text


AROUND = (
    *("${}$", "$$\n{}\n$$", "$`{}`$", "$$ {} $$", "a$b$ ${}$ c$d", "# ${}$", "- ${}$", "> ${}$", "\\$$ {} $$"),
    *("| ${}$ |\n| - |", "<p>${}$</p>", "**${}$**", "[${}$](x)", "~~~math\n{}\n~~~", "$$\n\n{}\n\n$$"),
)


@pytest.mark.parametrize(
    "formula",
    [
        "\\phantom{HIDDEN}",
        "\\hphantom{HIDDEN}",
        "\\color{white}{HIDDEN}",
        "\\textcolor{white}{HIDDEN}",
        "{\\color{white} HIDDEN}",
        "\\colorbox{white}{HIDDEN}",
        "\\rlap{HIDDEN}",
        "\\smash{HIDDEN}",
        "\\mathrlap{HIDDEN} x",
        "\\hspace{-9em} HIDDEN",
        "\\kern-9em HIDDEN",
        "a \\! HIDDEN",
        "\\raise 999em {HIDDEN}",
        "\\style{opacity:0}{HIDDEN}",
        "\\class{HIDDEN}{x}",
        "\\cssId{HIDDEN}{x}",
        "\\href{https://HIDDEN.example}{x}",
        "\\data{HIDDEN}{x}",
        "\\tiny HIDDEN",
        "x % HIDDEN\n y",
        "\\def\\x{HIDDEN} y",
        "\\newcommand{\\x}{HIDDEN}",
        "\\require{HIDDEN}",
        "\\label{HIDDEN}",
        "\\begin{array}{HIDDEN} x \\end{array}",
        "\\begin{aligned}[HIDDEN] x \\end{aligned}",
        "a \\\\[HIDDEN] b",
        "\\text{ $\\phantom{x}$ HIDDEN }",
        "\\unicode[HIDDEN]{65}",
        "\\mmlToken{mi}[HIDDEN]{x}",
        "\\bbox[white]{HIDDEN}",
        "\\phantom{*HIDDEN* `HIDDEN` <b>HIDDEN</b>}",
    ],
)
def test_a_formula_that_may_hide_something_is_left_out(formula: str) -> None:
    """Wherever it stands, and whatever is not in the list of plain commands."""
    on_one_line = formula.replace("\n", " ")
    written = [around.replace("{}", formula if around.startswith(("$", "~~~")) else on_one_line) for around in AROUND]
    seen = {text: visible(text) for text in written}

    assert {text: said for text, said in seen.items() if "HIDDEN" in said or FORMULA not in said} == {}


def test_a_command_with_another_meaning_is_not_plain() -> None:
    """What one formula says of commands holds for all that follow."""
    seen = told("$\\def\\alpha{\\phantom}$\n\n$\\alpha{HIDDEN}$\n\n$x$")

    assert seen == f"{FORMULA}\n{FORMULA}\n$x$"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("<sub><sub><sub><sub>HIDDEN</sub></sub></sub></sub>b<sub>c</sub>", "bc"),
        ("<bdo dir=rtl>HIDDEN</bdo>b", "b"),
        ("<ruby>b<rp>HIDDEN</rp><rt>c</rt></ruby>", "bc"),
        ("<picture><source srcset='HIDDEN'><img alt='HIDDEN'></picture>b", "b"),
        (fence("ignore_all_previous_HIDDEN", "b"), fence("", "b")),
        (fence("python title=HIDDEN", "b"), fence("python", "b")),
        ("    <!-- shown -->", fence("", "<!-- shown -->")),
        ("`<!-- shown -->`", "`<!-- shown -->`"),
        ("> [!NOTE]\n> b", "> [!NOTE]\n> b"),
        ("- [x] done :tada:", "- [x] done :tada:"),
        ("[![HIDDEN](a.png)](https://HIDDEN.example)b", "b"),
        ("[words](https://example.org/x)", "[words](https://example.org/x)"),
        ("[words](<https://example.org/a b)c>)", "[words](https://example.org/a%20b)c)"),
        ("[words](https://example.org/" + "HIDDEN/x" * 40 + ")", None),
        ("<a href='HIDDEN'>b</a>", "b"),
    ],
)
def test_what_else_the_page_does_not_show(text: str, seen: str | None) -> None:
    """Small print, alternatives, languages, and addresses as long as a letter."""
    found = told(text)

    if seen is None:
        assert re.fullmatch(r"\[words\]\(https://.{292}…\)", found)
    else:
        assert "HIDDEN" not in found
        assert found == seen


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


WORDS = st.integers(100, 999)
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


@pytest.mark.parametrize(
    "hostile",
    [
        *("[^a]: x\n" * 8000, "[^a]" * 16_000, "> [^a]: " * 8000, "[^a]: " * 10_000, "$" * 65_000, "$a" * 32_000),
        *("\\phantom$" * 7000, "$%" * 32_000, "$$\n\n" * 16_000, "<sub>" * 13_000, "a[^1]\n\n[^1]:" + "[^1]" * 9000),
        *(fence("mermaid", "graph TD", *["A[" + " " * 900] * 70), fence("mermaid", "graph TD" + ";A-->B" * 10_000)),
        fence("mermaid", "sequenceDiagram", *["A->>B: " + "x" * 900] * 60),
        *(fence("mermaid", "graph TD", "A" * 65_000), fence("math", "\\\\" * 30_000), "$" + "\\begin{" * 9000 + "$"),
        fence("mermaid", "accDescr {\n" * 6000),
    ],
    ids=lambda text: repr(text[:14]),
)  # fmt: skip
def test_a_text_that_is_made_to_be_slow_is_read_in_time(hostile: str) -> None:
    started = time.thread_time()  # what other processes take does not count

    visible(hostile)

    assert time.thread_time() - started < 20
