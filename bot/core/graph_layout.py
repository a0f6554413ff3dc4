"""Where each issue of a graph is drawn: in layers from left to right, blockers before those that wait for them. Pure.

A wait that passes over layers gets a lane in each of them, so that no line runs behind an issue that it has nothing to
do with. Within a layer each stands where those that it waits for stand, in the mean.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.core.graph import Graph, GraphNode
from bot.core.references import IssueRef

WIDTH, HEIGHT = 260, 46
_COLUMN, _ROW, _LANE, _MARGIN = 330, 64, 14, 20
MOST_EDGES, _MOST_LANES = 3000, 6000

Point = tuple[float, float]
_Place = IssueRef | tuple[int, int]
"""An issue; or a lane, by the number of its edge and its layer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """In pixels. `boxes`: the left upper corner of each issue. `lines`: for each wait the points that it goes through,
    from what is waited for to what waits. `hidden`: how many issues and waits are left out."""

    boxes: tuple[tuple[GraphNode, Point], ...]
    lines: tuple[tuple[Point, ...], ...]
    width: int
    height: int
    hidden: tuple[int, int] = (0, 0)


def lay_out(graph: Graph, *, most: int) -> Layout:
    """`most`: so many issues are drawn, the first ones, and the waits between them."""
    nodes = graph.nodes[:most]
    layers = {node.issue: node.depth for node in nodes}
    between = [(one, other) for one, other in graph.edges if one in layers and other in layers]
    ways = list(_ways(between[:MOST_EDGES], layers))
    rows = _place([node.issue for node in nodes], ways, layers)
    boxes = tuple((node, (_x(node.depth), rows[node.issue] - HEIGHT / 2)) for node in nodes)
    return Layout(
        boxes=boxes,
        lines=tuple(tuple(_points(way, rows, layers)) for way in ways),
        width=_x(max(layers.values(), default=0)) + WIDTH + _MARGIN,
        height=round(max(rows.values(), default=0) + HEIGHT / 2 + _MARGIN),
        hidden=(len(graph.nodes) - len(nodes), len(between) - len(ways)),
    )


def _ways(edges: Sequence[tuple[IssueRef, IssueRef]], layers: dict[IssueRef, int]) -> Iterator[list[_Place]]:
    """Straight where there would be too many lanes, and where issues wait for each other in a cycle."""
    left = _MOST_LANES
    for number, (blocker, issue) in enumerate(edges):
        lanes = [(number, layer) for layer in range(layers[blocker] + 1, layers[issue])]
        left -= len(lanes)
        yield [blocker, *(lanes if left >= 0 else ()), issue]


def _place(
    issues: Sequence[IssueRef], ways: Sequence[Sequence[_Place]], layers: dict[IssueRef, int]
) -> dict[_Place, float]:
    """The height of the middle of each, layer by layer."""
    before, there = defaultdict[_Place, list[_Place]](list), defaultdict[int, list[_Place]](list)
    for place in [*issues, *(lane for way in ways for lane in way[1:-1])]:
        there[_layer(place, layers)].append(place)
    for way in ways:
        for one, other in pairwise(way):
            before[other].append(one)
    rows: dict[_Place, float] = {}
    for layer in sorted(there):
        known = {each: [rows[one] for one in before[each] if one in rows] for each in there[layer]}
        wanted = {each: sum(found) / len(found) if found else 0.0 for each, found in known.items()}
        _stack(sorted(there[layer], key=lambda each: wanted[each]), wanted, rows)
    return rows


def _layer(place: _Place, layers: Mapping[IssueRef, int]) -> int:
    return layers[place] if isinstance(place, IssueRef) else place[1]


def _stack(places: Sequence[_Place], wanted: dict[_Place, float], rows: dict[_Place, float]) -> None:
    """Each where it wants to be, or right below the one above it."""
    end = float(_MARGIN)
    for place in places:
        size = _ROW if isinstance(place, IssueRef) else _LANE
        rows[place] = max(wanted[place], end + size / 2)
        end = rows[place] + size / 2


def _points(way: Sequence[_Place], rows: dict[_Place, float], layers: dict[IssueRef, int]) -> Iterator[Point]:
    for number, place in enumerate(way):
        if isinstance(place, IssueRef):
            yield _x(layers[place]) + (WIDTH if number == 0 else 0), rows[place]
        else:
            yield from ((_x(place[1]), rows[place]), (_x(place[1]) + WIDTH, rows[place]))


def _x(layer: int) -> int:
    return _MARGIN + layer * _COLUMN
