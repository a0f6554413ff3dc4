"""Which tasks wait for which, as a drawing and as a list."""

from __future__ import annotations

from flask import request
from markupsafe import Markup

from bot.core.graph import Graph, graph_lines, graph_of
from bot.core.graph_svg import graph_svg
from bot.core.references import is_repository
from bot.dashboard.sources import Page, Sources
from bot.dashboard.viewer import Viewer

_MOST = 200  # tasks that wait


def show_graph(sources: Sources, viewer: Viewer) -> Page:
    named = request.args.get("repository", "")
    chosen = named if is_repository(named) and viewer.may_read(named) else None
    readable = frozenset({chosen}) if chosen is not None else viewer.reads
    with sources.store.read() as ledger:
        waiting = ledger.overview.find_blocked(limit=_MOST + 1, readable=readable)
        below = [ledger.tasks.find(each.issue) for task in waiting[:_MOST] for each in task.blockers]
    tasks = {task.issue: task for task in [*waiting[:_MOST], *(task for task in below if task is not None)]}
    graph = _limit(graph_of(list(tasks.values())), viewer)
    shown = {
        "drawing": Markup(graph_svg(graph, sources.web_url, style=False)),  # noqa: S704 - it escapes what it is given
        "lines": list(graph_lines(graph)),
        "is_cut": len(waiting) > _MOST,
        "most": _MOST,
        "chosen": chosen,
        "repositories": sorted({task.issue.repository for task in waiting}),
    }
    return Page(template="graph.html", shown=shown)


def _limit(graph: Graph, viewer: Viewer) -> Graph:
    """Without what the viewer may not read."""
    nodes = tuple(node for node in graph.nodes if viewer.may_read(node.issue.repository))
    known = {node.issue for node in nodes}
    return Graph(nodes=nodes, edges=tuple(edge for edge in graph.edges if known.issuperset(edge)))
