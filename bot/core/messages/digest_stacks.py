"""What a digest says of stacks: which pull request to merge after which, one link each, and a drawing of what waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from bot.core.graph import Graph, graph_mermaid
from bot.core.merge_order import StackPart
from bot.core.tasks import State

_MOST_STACKS, _MOST_PARTS, _MOST_DRAWN = 10, 20, 40

_NOT_NOW = {
    State.CLOSED: "was closed without merging: what is below it here cannot be merged as it is.",
    State.FAILED: "failed: decide on it first.",
}


def stack_lines(stacks: Sequence[Sequence[StackPart]], describe: Callable[[StackPart, str], str]) -> Iterator[str]:
    """`describe`: a part in one line, whose second argument is what to say of it if it is not to be reviewed now."""
    for stack in stacks[:_MOST_STACKS]:
        yield f"- A stack of {len(stack)} in {stack[0].pull_request.repository}:"
        for place, part in enumerate(stack[:_MOST_PARTS], 1):
            yield f"  {place}. {describe(part, _why_not(part))}"
        if len(stack) > _MOST_PARTS:
            yield f"  - and {len(stack) - _MOST_PARTS} more"
    if len(stacks) > _MOST_STACKS:
        yield f"- and {len(stacks) - _MOST_STACKS} more"


def draw_graph(graph: Graph, web_url: str) -> list[str]:
    return ["```mermaid", graph_mermaid(graph, web_url, most=_MOST_DRAWN), "```"]


def _why_not(part: StackPart) -> str:
    if part.review is not None:
        return ""
    return _NOT_NOW.get(part.state, "is being worked on: wait for it.")
