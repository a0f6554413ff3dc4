"""How a digest is spelled: in Markdown for GitHub, or as plain text for a terminal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.core.graph import Graph
from bot.core.messages.digest_stacks import draw_graph
from bot.core.messages.quoting import words
from bot.core.references import IssueRef
from bot.core.untrusted import one_line

_OWN = 600  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestForm:
    """How a digest is spelled. `link`: a reference, for an issue or a pull request; `quote`: other people's words on
    one line; `strong`: what is read first; `own`: our sentences, with code in backticks;
    `drawing`: a graph, in no lines where it cannot be shown."""

    link: Callable[[IssueRef, str], str]
    quote: Callable[[str, int], str]
    strong: Callable[[str], str]
    own: Callable[[str], str]
    heading: Callable[[str], str]
    drawing: Callable[[Graph], list[str]]


def markdown(web_url: str) -> DigestForm:
    def link(ref: IssueRef, kind: str) -> str:
        return f"[{ref}]({web_url.rstrip('/')}/{ref.repository}/{kind}/{ref.number})"

    return DigestForm(
        link=link,
        quote=words,
        strong=lambda text: f"**{text}**",
        own=str,
        heading=lambda text: f"### {text}",
        drawing=lambda graph: draw_graph(graph, web_url),
    )


TERMINAL = DigestForm(
    link=lambda ref, _: str(ref),
    quote=one_line,
    strong=str,
    own=lambda text: one_line(text.replace("`", ""), _OWN),
    heading=lambda text: f"{text}:",
    drawing=lambda _: [],
)
