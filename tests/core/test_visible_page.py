"""What GitHub draws, moves or leaves out: nothing reaches the brief that the page does not show."""

from __future__ import annotations

import re
import time

import pytest

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
