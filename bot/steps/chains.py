"""Chains of tasks: what an issue waits for and what waits for it, and what work stands on."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from bot.adapters.store import Ledger
from bot.core.graph import graph_mermaid, graph_of
from bot.core.references import IssueRef
from bot.core.stacking import StackedOn
from bot.core.tasks import Task

_MOST = 20


def draw_chain(ledger: Ledger, task: Task, web_url: str) -> str:
    """Empty for a task that waits for no issue, or not any more: the texts of pull requests say what builds on what."""
    if not task.unmet:
        return ""
    graph = graph_of(chain_of(ledger, task), other="")
    return graph_mermaid(graph, web_url, most=_MOST) if graph.nodes else ""


def chain_of(ledger: Ledger, task: Task, *, most: int = _MOST) -> list[Task]:
    """The nearest ones first, itself among them. How far a task of another repository is, its own readers see."""
    found, waiting = {task.issue: task}, deque([task])
    while waiting and len(found) < most:
        for issue in _next_to(ledger, waiting.popleft()):
            other = ledger.tasks.find(issue) if issue not in found and len(found) < most else None
            if other is not None:
                found[issue] = other
                waiting.append(other)
    return list(found.values())


def _next_to(ledger: Ledger, task: Task) -> list[IssueRef]:
    """Also what stands on it after its task, or theirs, has ended."""
    return [*task.blockers_here, *ledger.blockers.named_by(task.issue), *ledger.stacks.above(task.issue)]


def below(ledger: Ledger, on: StackedOn | None) -> Iterator[IssueRef]:
    """All that work stands on, the nearest first. `on`: what it stands on itself."""
    waiting, found = deque([on] if on is not None else []), set[IssueRef]()
    while waiting:
        for issue in waiting.popleft().heads:
            if issue in found:
                continue
            found.add(issue)
            yield issue
            lower = ledger.tasks.find(issue)
            further = ledger.stacks.of(lower.id) if lower is not None else None
            waiting.extend([further] if further is not None else [])
