"""A graph as one SVG file for a browser: no script, nothing from elsewhere, readable on a light and on a dark page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

from bot.core.counted import count
from bot.core.graph import Graph, GraphNode, state_class
from bot.core.graph_layout import HEIGHT, WIDTH, Layout, Point, lay_out
from bot.core.references import IssueRef
from bot.core.untrusted import one_line

MOST_DRAWN = 1000
"""So many issues make a file of about half a megabyte."""
_TITLE, _LINE, _TOOLTIP = 34, 33, 160  # characters
_NOTE = 30  # pixels, for the line below the drawing

# GitHub's colours, light and dark. A state is in words too.
_STYLE = """
.graph { background: #ffffff; font: 13px system-ui, sans-serif; }
text { fill: #1f2328; }
.state, .note { fill: #59636e; font-size: 12px; }
.box { fill: #f6f8fa; stroke: #818b98; }
.line { fill: none; stroke: #818b98; stroke-width: 1.5; }
.tip { fill: #818b98; }
.running { stroke: #bf8700; stroke-width: 2; }
.in_review { stroke: #0969da; stroke-width: 2; }
.done { stroke: #1a7f37; stroke-width: 2; }
.failed { stroke: #cf222e; stroke-width: 2; }
a:hover .box, a:focus .box { stroke-width: 3; }
@media (prefers-color-scheme: dark) {
  .graph { background: #0d1117; }
  text { fill: #f0f6fc; }
  .state, .note { fill: #9198a1; }
  .box { fill: #151b23; stroke: #656c76; }
  .line { stroke: #656c76; }
  .tip { fill: #656c76; }
  .running { stroke: #d29922; }
  .in_review { stroke: #4493f8; }
  .done { stroke: #3fb950; }
  .failed { stroke: #f85149; }
}
"""


def graph_svg(graph: Graph, web_url: str, *, most: int = MOST_DRAWN, style: bool = True) -> str:
    """`most`: so many issues are drawn, the first ones; a line below says how many there are besides. Titles are other
    people's text: shown as text, without what could lead out of it. `style`: for a page that has none for it."""
    layout = lay_out(graph, most=most)
    notes = list(_notes(layout))
    height = layout.height + _NOTE * bool(notes)
    size = f'width="{layout.width}" height="{height}" viewBox="0 0 {layout.width} {height}"'
    arrow = 'id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="graph" {size}>',
        "<title>Which tasks wait for which</title>",
        *([f"<style>{_STYLE}</style>"] if style else []),
        f'<defs><marker {arrow} markerUnits="userSpaceOnUse"><path class="tip" d="M0 0L8 4L0 8z"/></marker></defs>',
        *(f'<path class="line" marker-end="url(#tip)" d="{_curve(each)}"/>' for each in layout.lines),
        *_boxes(layout, web_url),
        *(f'<text class="note" x="20" y="{height - 15}">{each}</text>' for each in notes),
        "</svg>",
    ]
    return "\n".join(lines)


def _boxes(layout: Layout, web_url: str) -> Iterator[str]:
    is_one = len({node.issue.repository for node, _ in layout.boxes}) == 1
    for node, (x, y) in layout.boxes:
        name, state = f"#{node.issue.number}" if is_one else str(node.issue), _state(node)
        title = one_line(node.title, _TITLE)
        tooltip = one_line(f"{node.issue} {node.title}", _TOOLTIP)
        yield f"<a href={quoteattr(_address(node, web_url))}><title>{escape(tooltip)}</title>"
        yield f'<svg x="{x:g}" y="{y:g}" width="{WIDTH}" height="{HEIGHT}">'  # what is too long ends at its edge
        shape = f'x="1" y="1" width="{WIDTH - 2}" height="{HEIGHT - 2}" rx="6"'
        yield f'<rect class="box {state_class(node.state)}" {shape}/>'
        shown = _keep_end(name, _LINE - len(state))
        yield f'<text x="10" y="19">{escape(shown)} <tspan class="state" dx="6">{escape(state)}</tspan></text>'
        yield f'<text x="10" y="37">{escape(title)}</text></svg></a>'


def _keep_end(name: str, limit: int) -> str:
    """Its number tells an issue from the others."""
    return name if len(name) <= limit else f"…{name[-limit + 1 :]}"


def _state(node: GraphNode) -> str:
    return f"{node.state}, #{node.pull_request}" if node.pull_request is not None else node.state


def _address(node: GraphNode, web_url: str) -> str:
    """Its pull request, where people look at its work."""
    place = IssueRef(node.issue.repository, node.pull_request) if node.pull_request is not None else node.issue
    kind = "issues" if place is node.issue else "pull"
    return f"{web_url.rstrip('/')}/{place.repository}/{kind}/{place.number}"


def _curve(points: Sequence[Point]) -> str:
    """Straight along its lanes, and bent between layers."""
    (x, y), *rest = points
    parts = [f"M{x:g} {y:g}"]
    for next_x, next_y in rest:
        middle = (x + next_x) / 2
        is_level = next_y == y
        bent = f"C{middle:g} {y:g} {middle:g} {next_y:g} {next_x:g} {next_y:g}"
        parts.append(f"L{next_x:g} {next_y:g}" if is_level else bent)
        x, y = next_x, next_y
    return "".join(parts)


def _notes(layout: Layout) -> Iterator[str]:
    issues, waits = layout.hidden
    left_out = [count(issues, "more issue") if issues else "", count(waits, "line") if waits else ""]
    if any(left_out):
        yield f"Not drawn: {' and '.join(filter(None, left_out))}."
    if not layout.boxes:
        yield "No task waits for another issue."
