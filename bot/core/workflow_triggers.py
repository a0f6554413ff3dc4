"""Whether a workflow of GitHub Actions starts for the bot's pull requests.

What starts one: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#on
A filter of paths depends on the change, so it counts as one that fits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import yaml

_OPENED = frozenset({"opened", "synchronize", "reopened"})  # which `pull_request` means where it names no types
_NOTHING = frozenset({"", "~", "null"})  # how YAML spells no value
_EVENTS = ("pull_request", "pull_request_target")


def starts_for(workflow: bytes, *, base: str, head: str) -> bool:
    """`base`: the branch that a pull request is to be merged into; `head`: its own, which is pushed. A file that cannot
    be read starts nothing."""
    events = _events(workflow)
    on_pull = any(name in events and _fits_pull(events[name], base) for name in _EVENTS)
    return on_pull or ("push" in events and _fits_push(events["push"], head))


def _events(workflow: bytes) -> Mapping[str, Mapping[str, object]]:
    """Each event with its filters. Scalars stay text: none is spelled wrongly then, and `on` is not YAML's true. Merge
    keys, which could repeat the same mappings for ever, stay names: GitHub knows none."""
    try:
        read = yaml.load(workflow, yaml.BaseLoader)  # noqa: S506 - it makes texts, lists and mappings alone
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError):
        return {}
    on = read.get("on") if isinstance(read, Mapping) else None
    if isinstance(on, str):
        return {on: {}}
    if isinstance(on, list):
        return {each: {} for each in on if isinstance(each, str)}
    named = on.items() if isinstance(on, Mapping) else ()
    return {str(name): filters if isinstance(filters, Mapping) else {} for name, filters in named}


def _fits_pull(filters: Mapping[str, object], base: str) -> bool:
    types = _names(filters.get("types")) or _OPENED
    return bool(_OPENED.intersection(types)) and _fits_branch(filters, base)


def _fits_push(filters: Mapping[str, object], head: str) -> bool:
    names_branches = "branches" in filters or "branches-ignore" in filters
    only_tags = not names_branches and ("tags" in filters or "tags-ignore" in filters)
    return not only_tags and _fits_branch(filters, head)


def _fits_branch(filters: Mapping[str, object], branch: str) -> bool:
    if "branches" in filters:
        return _is_matched(_names(filters["branches"]), branch)
    return not _is_matched(_names(filters.get("branches-ignore")), branch)


def _is_matched(patterns: Iterable[str], branch: str) -> bool:
    """The last pattern that fits decides; one with `!` excludes."""
    matched = False
    for pattern in patterns:
        if _is_like(pattern.removeprefix("!"), branch):
            matched = not pattern.startswith("!")
    return matched


def _is_like(pattern: str, branch: str) -> bool:
    """A pattern that is none, such as `?x`, fits no branch."""
    try:
        return re.fullmatch(_expression(pattern), branch) is not None
    except re.error:
        return False


def _expression(pattern: str) -> str:
    parts = re.split(r"(\*\*|\*|\?|\+|\[[^\]]*\])", pattern)
    special = {"**": ".*", "*": "[^/]*", "?": "?", "+": "+"}
    return "".join(special.get(part) or (part if part.startswith("[") else re.escape(part)) for part in parts)


def _names(value: object) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    return [each for each in listed if isinstance(each, str) and each not in _NOTHING]
