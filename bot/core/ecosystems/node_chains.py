"""Scripts of package.json that only call other scripts, one after the other.

Such a chain ends at its first link that fails: where one needs a browser that is not there, the tests after it never
run, and those before it seem to fail as before. So each link is a check.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterator, Mapping

from bot.core.ecosystems.node_scripts import is_for_browser, runs_beside

_LINK = re.compile(r"(?:npm|pnpm|yarn|bun)(?:(?: run| run-script)?(?: -s| --silent)?) ([\w:.-]+)")
_SERIES = re.compile(r"(?:npm-run-all|run-s)(?: -[sl]| --(?:silent|serial|sequential|print-label))* ((?:[\w:.-]+ ?)+)")
_BUILDS = re.compile(
    r"\b(?:build|compile|bundle|rollup|webpack|esbuild|tsup|unbuild|babel|swc|prepare|generate|gulp|tsc)\b"
)
_MOST = 12


def links_of(scripts: Mapping[str, str], name: str, known: Collection[str] = ()) -> list[str]:
    """The scripts that this one calls, if it does nothing else, without tests for a browser; else it alone. `known`:
    what runs anyway."""
    links = list(_links(scripts, scripts[name]))
    links = [link for link in links if not is_for_browser(scripts, link)] if len(links) > 1 else links
    if not 1 < len(links) <= _MOST or name in links:
        return [name]
    hooks = {hook for hook in (f"pre{name}", f"post{name}") if hook in scripts}
    hooks = {hook for hook in hooks if not _only_calls(scripts[hook], {*known, *links})}
    hooks = {hook for hook in hooks if not runs_beside(scripts, scripts[hook])}
    return [name for name in dict.fromkeys([f"pre{name}", *links, f"post{name}"]) if name in {*links, *hooks}]


def is_chain_of_tests(scripts: Mapping[str, str], name: str) -> bool:
    """Whether several scripts of tests are all that this one calls."""
    links = (link for link in links_of(scripts, name) if link != name)
    tests = [link for link in links if re.search("test|spec|unit", link) and not runs_beside(scripts, scripts[link])]
    return len(tests) > 1


def _links(scripts: Mapping[str, str], text: str) -> Iterator[str]:
    """Its links; none if one of them is anything else than a call of a script without arguments."""
    found = list[str]()
    for part in (part.strip() for part in text.split("&&")):
        called = _LINK.fullmatch(part)
        series = _SERIES.fullmatch(part)
        names = [called[1]] if called else shlex.split(series[1]) if series else [""]
        if any(name not in scripts for name in names):
            return
        found += names
    yield from found


def _only_calls(text: str, known: Collection[str]) -> bool:
    parts = [part.strip() for part in text.split("&&")]
    return all((found := _LINK.fullmatch(part)) is not None and found[1] in known for part in parts)


def builds_before(scripts: Mapping[str, str], unit: str) -> bool:
    """Whether the script `test` builds something before it calls this one: alone that would find nothing built."""
    text = f"{scripts.get('pretest', '')} && {scripts.get('test', '')}"
    found = re.search(rf"(?:^|\s){re.escape(unit)}(?:\s|$)", text)
    return found is not None and _is_built(scripts, text[: found.start()])


def _is_built(scripts: Mapping[str, str], text: str) -> bool:
    return _BUILDS.search(text) is not None or any(
        _BUILDS.search(scripts.get(found[1], "")) for found in _LINK.finditer(text)
    )
