"""Which issues an issue waits for, and whether issues wait for each other in a cycle."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache

from bot.core.markdown import prose, tokens
from bot.core.references import IssueRef, is_repository

_NAME = r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+"
_BULLET = r"\s*\n- +(?:\[[ xX]\] +)?"
_NOUN = r"(?:(?:issues?|prs?|pull requests?)\s+)?"

_MAY_NAME = re.compile(r"[#/&]")  # a reference has one of the first two; `&num;` is one of them in Markdown
_KEYWORD = re.compile(
    r"(?<![\w-])(?<!not )(?<!n't )(?<!n’t )(?<!no longer )(?:blocked\s+by|depends\s+(?:up)?on)\b", re.IGNORECASE
)
_FIRST = re.compile(rf"[ \t]*:?[ \t]*\n?[ \t]*{_NOUN}", re.IGNORECASE)
_FIRST_ITEM = re.compile(rf"[ \t]*:?{_BULLET}{_NOUN}", re.IGNORECASE)
_HEADING = re.compile(r"\s*(?:blocked\s+by|depends\s+(?:up)?on|dependenc(?:y|ies))\s*:?\s*", re.IGNORECASE)
_BETWEEN = re.compile(r"(?:\s|[,;&]|\band\b)+", re.IGNORECASE)
_NUMBER = re.compile(r"[1-9][0-9]{0,9}")
_NEXT = re.compile(rf"(?:\s*,\s*(?:(?:and|or|&)\s+)?|\s+(?:and|or|&|\+)\s+){_NOUN}", re.IGNORECASE)
_NEXT_ITEM = re.compile(rf"[^\n]*?{_BULLET}{_NOUN}", re.IGNORECASE)


def blockers(text: str, *, repository: str, web_url: str) -> tuple[IssueRef, ...]:
    """The issues that `text` (Markdown) says it waits for, each once, in the order of the text.

    Read are "blocked by" and "depends on", then `#3`, `owner/repo#3` or the full URL of an issue or pull request
    under `web_url`, singly, in a list ("#1, #2 and #3") or as the bullets under it. Code, quotes, HTML comments and
    struck out text say nothing. Under a heading of these words or "Dependencies", as issue forms write them, a
    paragraph or list item of nothing but references counts, plain numbers too. The issue itself may be among them: that
    is a cycle, and the caller's to refuse.
    """
    if not _MAY_NAME.search(text):
        return ()
    reference = _reference(web_url.rstrip("/"))
    said = prose(text)
    found: dict[tuple[str, int], IssueRef] = {}
    for keyword in _KEYWORD.finditer(said):
        for issue in _follow_list(said, keyword.end(), reference, repository):
            found.setdefault((issue.repository.lower(), issue.number), issue)
    for issue in _read_sections(text, reference, repository):
        found.setdefault((issue.repository.lower(), issue.number), issue)
    return tuple(found.values())


@lru_cache(maxsize=8)
def _reference(web_url: str) -> re.Pattern[str]:
    url = rf"{re.escape(web_url)}/({_NAME})/(?:issues|pull)/([1-9][0-9]{{0,9}})"
    return re.compile(rf"(?:{url}|({_NAME})?#([1-9][0-9]{{0,9}}))(?!\w)", re.IGNORECASE)


def _follow_list(said: str, position: int, reference: re.Pattern[str], repository: str) -> Iterator[IssueRef]:
    """The references that follow a keyword, as long as they are strung together."""
    item = _FIRST_ITEM.match(said, position)
    lead = item or _FIRST.match(said, position)
    while lead and (match := reference.match(said, lead.end())):
        issue = _issue(match, repository)
        if issue:
            yield issue
        lead = _NEXT.match(said, match.end()) or (_NEXT_ITEM.match(said, match.end()) if item else None)


def _read_sections(text: str, reference: re.Pattern[str], repository: str) -> Iterator[IssueRef]:
    """GitHub renders a field of an issue form as `### Label`, an empty line and what the person wrote."""
    is_named, before = False, None
    for token in tokens(text):
        if token.type == "inline" and before is not None and before.type == "heading_open":
            is_named = before.level == 0 and _HEADING.fullmatch(token.content) is not None
        elif token.type == "inline" and is_named:
            yield from _read_items(token.content, reference, repository)
        elif token.type == "blockquote_open":
            is_named = False
        before = token


def _read_items(content: str, reference: re.Pattern[str], repository: str) -> list[IssueRef]:
    """None, if it says anything besides."""
    found = list[IssueRef]()
    for item in filter(None, _BETWEEN.split(content)):
        named = reference.fullmatch(item)
        issue = IssueRef(repository, int(item)) if _NUMBER.fullmatch(item) else named and _issue(named, repository)
        if not issue:
            return []
        found.append(issue)
    return found


def _issue(match: re.Match[str], repository: str) -> IssueRef | None:
    name = match[1] or match[3] or repository
    number = int(match[2] or match[4])
    if name.lower() == repository.lower():  # GitHub's names ignore case; a task must have one spelling
        return IssueRef(repository, number)
    return IssueRef(name, number) if is_repository(name) else None


def find_cycle(start: IssueRef, edges: Mapping[IssueRef, Collection[IssueRef]]) -> tuple[IssueRef, ...] | None:
    """The shortest loop through `start`, as `(start, …, start)`, or None. `edges` names what each issue waits for.

    A loop that `start` only leads into is not its own: the last issue to join that loop has been refused already.
    """
    came_from: dict[IssueRef, IssueRef] = {}
    waiting = deque([start])
    while waiting:
        issue = waiting.popleft()
        for blocker in edges.get(issue, ()):
            if blocker == start:
                return _path(start, issue, came_from)
            if blocker not in came_from:
                came_from[blocker] = issue
                waiting.append(blocker)
    return None


def name_cycle(cycle: Sequence[IssueRef]) -> str:
    """In words, each issue of it: with its number alone where the one before is of the same repository, so that a
    thousand fit into a comment."""
    before = (None, *(issue.repository for issue in cycle))
    named = (
        f"#{issue.number}" if issue.repository == last else str(issue)
        for issue, last in zip(cycle, before, strict=False)
    )
    return " → ".join(named)


def _path(start: IssueRef, last: IssueRef, came_from: Mapping[IssueRef, IssueRef]) -> tuple[IssueRef, ...]:
    path = [start, last]
    while path[-1] != start:
        path.append(came_from[path[-1]])
    return tuple(reversed(path))
