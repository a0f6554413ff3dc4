"""Which tasks wait for which, for people to look at: as a list of lines, and as a drawing in Mermaid's language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.core.references import IssueRef
from bot.core.tasks import State, Task

_OTHER = "no task"
_CLASSES = {
    State.RUNNING.value: "stroke:#bf8700,stroke-width:2px",
    State.IN_REVIEW.value: "stroke:#0969da,stroke-width:2px",
    State.DONE.value: "stroke:#1a7f37,stroke-width:2px",
    State.FAILED.value: "stroke:#cf222e,stroke-width:2px",
}
"""Lines without areas: they show on a light page and on a dark one. The colours are GitHub's."""


def state_class(state: str) -> str:
    """The name of the style that shows a state; empty for one without."""
    name = state.replace(" ", "_")
    return name if name in _CLASSES else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphNode:
    """`state`: of the task in words; "no task" for an issue that only blocks others, "merged into #12" for work that is
    in the branch of another part alone. `depth`: how many issues are in the longest chain below it."""

    issue: IssueRef
    state: str
    title: str = ""
    pull_request: int | None = None
    depth: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """`nodes`: blockers before those that wait for them. `edges`: pairs of a blocker and what waits for it."""

    nodes: tuple[GraphNode, ...] = ()
    edges: tuple[tuple[IssueRef, IssueRef], ...] = ()


def graph_of(tasks: Sequence[Task], *, other: str = _OTHER) -> Graph:
    """Of the tasks that wait for another issue, and those issues. What may not be named is left out. Each task is
    looked at once, however many chains lead to it. `other`: the state of an issue that is not among the tasks."""
    known = {task.issue: task for task in tasks}
    edges = [(each.issue, task.issue) for task in tasks for each in task.blockers if not each.issue.is_hidden]
    depths = _depths(edges)
    nodes = [_node(issue, known.get(issue), depth, other) for issue, depth in depths.items()]
    return Graph(nodes=tuple(sorted(nodes, key=lambda each: (each.depth, each.issue))), edges=tuple(sorted(edges)))


def graph_around(graph: Graph, issues: Iterable[IssueRef]) -> Graph:
    """What of the graph these issues are connected with, themselves included."""
    found = reach(find_neighbours(graph.edges), issues)
    nodes = tuple(node for node in graph.nodes if node.issue in found)
    return Graph(nodes=nodes, edges=tuple(edge for edge in graph.edges if edge[0] in found))


def find_neighbours(edges: Iterable[tuple[IssueRef, IssueRef]]) -> Mapping[IssueRef, Sequence[IssueRef]]:
    """In both directions."""
    beside = defaultdict[IssueRef, list[IssueRef]](list)
    for one, other in edges:
        beside[one].append(other)
        beside[other].append(one)
    return beside


def reach(neighbours: Mapping[IssueRef, Sequence[IssueRef]], start: Iterable[IssueRef]) -> set[IssueRef]:
    """What these are connected with, themselves included."""
    found, left = set[IssueRef](), list(start)
    while left:
        issue = left.pop()
        if issue not in found:
            found.add(issue)
            left += neighbours.get(issue, ())
    return found


def _node(issue: IssueRef, task: Task | None, depth: int, other: str) -> GraphNode:
    if task is None:
        return GraphNode(issue=issue, state=other, depth=depth)
    state = _name_state(task)
    return GraphNode(issue=issue, state=state, title=task.snapshot.title, pull_request=task.pull_request, depth=depth)


def _name_state(task: Task) -> str:
    if task.merged_into is not None and not task.is_in_default_branch:
        return f"merged into #{task.merged_into.issue.number}"
    return task.state.value.replace("_", " ")


def _depths(edges: Sequence[tuple[IssueRef, IssueRef]]) -> dict[IssueRef, int]:
    """Kahn's algorithm: an issue follows once all below it have been. What is in a cycle has the depth that its other
    blockers give it."""
    above, waiting = defaultdict[IssueRef, list[IssueRef]](list), dict[IssueRef, int]()
    for blocker, issue in edges:
        above[blocker].append(issue)
        waiting[issue] = waiting.get(issue, 0) + 1
        waiting.setdefault(blocker, 0)
    depths = dict.fromkeys(waiting, 0)
    ready = [issue for issue, count in waiting.items() if not count]
    while ready:
        blocker = ready.pop()
        for issue in above[blocker]:
            depths[issue] = max(depths[issue], depths[blocker] + 1)
            waiting[issue] -= 1
            if not waiting[issue]:
                ready.append(issue)
    return depths


def graph_lines(graph: Graph) -> Iterator[str]:
    """For a terminal: one line for each issue, indented by its depth."""
    below = _below(graph)
    for node in graph.nodes:
        pull = f", pull request #{node.pull_request}" if node.pull_request is not None else ""
        after = f", after {', '.join(map(str, below[node.issue]))}" if node.issue in below else ""
        yield f"{'  ' * node.depth}{node.issue}  {node.state}{pull}{after}"


def graph_json(graph: Graph) -> dict[str, Any]:
    below = _below(graph)
    return {
        "issues": [
            {
                "issue": str(node.issue),
                "state": node.state,
                "title": node.title,
                "pull_request": node.pull_request,
                "waits_for": [str(each) for each in below.get(node.issue, ())],
            }
            for node in graph.nodes
        ]
    }


def graph_mermaid(graph: Graph, web_url: str, *, most: int | None = None) -> str:
    """`most`: so many issues are drawn, the first ones; a last box says how many more there are. Titles are other
    people's text and left out."""
    shown = graph.nodes[:most]
    names = {node.issue: f"n{number}" for number, node in enumerate(shown)}
    lines = ["flowchart LR", *(f"  {line}" for line in _boxes(shown, names, web_url))]
    lines += [f"  {names[one]} --> {names[other]}" for one, other in graph.edges if one in names and other in names]
    if len(shown) < len(graph.nodes):
        lines.append(f'  more["and {len(graph.nodes) - len(shown):,} more"]')
    return "\n".join(lines)


def _boxes(shown: Sequence[GraphNode], names: Mapping[IssueRef, str], web_url: str) -> Iterator[str]:
    repositories = {node.issue.repository for node in shown}
    for node in shown:
        name = str(node.issue) if len(repositories) > 1 else f"#{node.issue.number}"
        text = f"{name} {node.state}".strip().replace("#", "#35;")  # `#` begins an entity
        yield f'{names[node.issue]}["{text}"]'
        address = f"{web_url.rstrip('/')}/{node.issue.repository}/issues/{node.issue.number}"
        yield f'click {names[node.issue]} href "{address}"'
    for state, style in _CLASSES.items():
        if its := [names[node.issue] for node in shown if node.state == state.replace("_", " ")]:
            yield f"classDef {state} {style}"
            yield f"class {','.join(its)} {state}"


def _below(graph: Graph) -> dict[IssueRef, list[IssueRef]]:
    found = defaultdict[IssueRef, list[IssueRef]](list)
    for blocker, issue in graph.edges:
        found[issue].append(blocker)
    return dict(found)
