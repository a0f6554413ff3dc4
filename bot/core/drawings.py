"""What a Mermaid drawing shows of its source: labels and arrows, and nothing of its comments, links, names and styles.

Flowcharts and sequence diagrams are read by a grammar that knows what each statement draws. Whatever is not in it may
hide something (a colour, a second label in place of the first one), so such a drawing is not shown at all.
"""

from __future__ import annotations

import itertools
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass, field

_LETTER = r"[^\[\](){}\"<>|#$&;`\\%\s]"
_LABEL = rf"{_LETTER}(?:(?:{_LETTER}| )*{_LETTER})?"
_SHAPES = (
    *(("([", "])"), ("[[", "]]"), ("[(", ")]"), ("((", "))"), ("{{", "}}")),
    *(("[", "]"), ("(", ")"), ("{", "}")),
)
_SHAPE = "|".join(rf'{re.escape(left)}\s*"?{_LABEL}"?\s*{re.escape(right)}' for left, right in _SHAPES)
_NODE = re.compile(rf"\s*(\w+)({_SHAPE})?\s*")
_ARROW = re.compile(rf"(<?(?:-{{2,5}}>|-{{3,5}}|-\.{{1,3}}->?|={{2,5}}>|={{3,5}}))(?:\s*\|\s*({_LABEL})\s*\|)?")
_TEXT_ARROW = re.compile(rf"--\s+({_LABEL})\s+(-{{2,5}}>)")
_HEADER = re.compile(r"(?:graph|flowchart)(?:\s+(?:TB|TD|BT|RL|LR))?")
_SUBGRAPH = re.compile(r"subgraph\s+(\w[\w ]*)")
_NOTHING_DRAWN = re.compile(r"%%(?!\{).*|(?:accTitle\s*:|accDescr\s*:|click\s)[^;]*")
_THEME = re.compile(
    r"""%%\{\s*init\s*:\s*\{\s*["']theme["']\s*:\s*["'](?:default|dark|forest|neutral|base)["']\s*\}\s*\}%%"""
)
_DESCRIPTION = re.compile(r"^[ \t]*accDescr\s*\{[^{};]*\}[ \t]*$", re.MULTILINE)
_ICON = re.compile(r"\bfa[a-z]?:")  # a name that is drawn as a picture
_LONGEST_LINE, _MOST_LINES = 1000, 500
_KEYWORDS = frozenset({"graph", "flowchart", "subgraph", "style", "class", "classDef", "linkStyle", "click", "default"})

_SPOKEN = r"[^#;<>`$&%\\\n]+"
_PARTICIPANT = re.compile(rf"(participant|actor)\s+(\w+)(?:\s+as\s+({_SPOKEN}))?")
_MESSAGE = re.compile(rf"(\w+)\s*(--?>>|--?>|--?x|--?\))\s*([+-]?)\s*(\w+)\s*:\s*({_SPOKEN})")
_NOTE = re.compile(rf"([Nn]ote)\s+(right of|left of|over)\s+(\w+)(?:\s*,\s*(\w+))?\s*:\s*({_SPOKEN})")
_BLOCK = re.compile(rf"(?:loop|alt|else|opt|par|and|critical|option|break)(?:\s+{_SPOKEN})?|end|autonumber")
_ACTIVATION = re.compile(r"(activate|deactivate)\s+(\w+)")


class _NotUnderstood(Exception):
    """A statement that may draw anything."""


def mermaid_shown(source: str) -> str | None:
    """The source of a drawing, reduced to what it draws. None if that cannot be determined."""
    lines = [line.strip() for line in _DESCRIPTION.sub("", _THEME.sub("", source)).split("\n")]
    drawn = [line for line in lines if line and not _NOTHING_DRAWN.fullmatch(line)]
    if len(drawn) > _MOST_LINES or max(map(len, drawn), default=0) > _LONGEST_LINE or _ICON.search(source):
        return None
    try:
        if drawn and drawn[0] == "sequenceDiagram":
            return _sequence(drawn)
        return _flowchart([part.strip() for line in drawn for part in line.split(";") if part.strip()])
    except _NotUnderstood:
        return None


@dataclass(slots=True)
class _Names:
    """What is drawn for each name: the name itself, or the one label that it has."""

    labels: dict[str, str] = field(default_factory=dict)
    used: dict[str, None] = field(default_factory=dict)

    def see(self, name: str, label: str | None) -> None:
        self.used[name] = None
        if label is not None and self.labels.setdefault(name, label) != label:
            raise _NotUnderstood

    def choose_names(self) -> dict[str, str]:
        """A name for each, which is its own only where it is what is drawn."""
        drawn = {name for name in self.used if name not in self.labels}
        fresh = (name for name in _letters() if name not in drawn)
        return {name: name if name in drawn else next(fresh) for name in self.used}


def _letters() -> Iterator[str]:
    """A, B, …, Z, A1, B1, …"""
    for round_ in itertools.count():
        yield from (f"{letter}{round_ or ''}" for letter in string.ascii_uppercase)


def _flowchart(statements: list[str]) -> str:
    if not statements or not _HEADER.fullmatch(statements[0]):
        raise _NotUnderstood
    names, titles = _Names(), set[str]()
    parsed: list[list[str | tuple[str, str | None]]] = []
    for statement in statements[1:]:
        title = _SUBGRAPH.fullmatch(statement)
        if title:
            titles.update(title[1].split())
        plain = title or statement == "end" or re.fullmatch(r"direction (?:TB|TD|BT|RL|LR)", statement)
        parsed.append([statement] if plain else list(_chain(statement, names)))
    if titles & set(names.used) or _KEYWORDS & set(names.used):
        raise _NotUnderstood
    shown = names.choose_names()
    rows = ["".join(_part(part, shown) for part in row) for row in parsed]
    return "\n".join([statements[0], *(f"    {row}" for row in rows)])


def _part(part: str | tuple[str, str | None], shown: dict[str, str]) -> str:
    if isinstance(part, str):
        return part
    name, shape = part
    return f"{shown[name]}{shape or ''}"


def _chain(statement: str, names: _Names) -> Iterator[str | tuple[str, str | None]]:
    """Nodes with arrows or `&` between them."""
    position = 0
    while True:
        node = _NODE.match(statement, position)
        if node is None:
            raise _NotUnderstood
        names.see(node[1], node[2])
        yield node[1], node[2]
        position = node.end()
        if position == len(statement):
            return
        between, position = _between(statement, position)
        yield between


def _between(statement: str, position: int) -> tuple[str, int]:
    if statement[position] == "&":
        return " & ", position + 1
    if (labelled := _TEXT_ARROW.match(statement, position)) is not None:
        return f" {labelled[2]}|{labelled[1]}| ", labelled.end()
    arrow = _ARROW.match(statement, position)
    if arrow is None:
        raise _NotUnderstood
    return f" {arrow[1]}{f'|{arrow[2]}|' if arrow[2] else ''} ", arrow.end()


def _sequence(statements: list[str]) -> str:
    names = _Names()
    for statement in statements[1:]:
        _name_participants(statement, names)
    shown = names.choose_names()
    return "\n".join([statements[0], *(f"    {_spoken(statement, shown)}" for statement in statements[1:])])


def _name_participants(statement: str, names: _Names) -> None:
    if (participant := _PARTICIPANT.fullmatch(statement)) is not None:
        names.see(participant[2], participant[3])
    elif (said := _MESSAGE.fullmatch(statement)) is not None:
        names.see(said[1], None)
        names.see(said[4], None)
    elif (note := _NOTE.fullmatch(statement)) is not None:
        names.see(note[3], None)
        names.see(note[4] or note[3], None)
    elif (activation := _ACTIVATION.fullmatch(statement)) is not None:
        names.see(activation[2], None)
    elif not _BLOCK.fullmatch(statement):
        raise _NotUnderstood


def _spoken(statement: str, shown: dict[str, str]) -> str:
    if (participant := _PARTICIPANT.fullmatch(statement)) is not None:
        return f"{participant[1]} {shown[participant[2]]}{f' as {participant[3]}' if participant[3] else ''}"
    if (said := _MESSAGE.fullmatch(statement)) is not None:
        return f"{shown[said[1]]}{said[2]}{said[3]}{shown[said[4]]}: {said[5]}"
    if (note := _NOTE.fullmatch(statement)) is not None:
        return f"{note[1]} {note[2]} {shown[note[3]]}{f',{shown[note[4]]}' if note[4] else ''}: {note[5]}"
    if (activation := _ACTIVATION.fullmatch(statement)) is not None:
        return f"{activation[1]} {shown[activation[2]]}"
    return statement
