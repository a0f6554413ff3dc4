"""Scripts of package.json that only call other scripts, one after the other.

Such a chain ends at its first link that fails: where one needs a browser that is not there, the tests after it never
run, and those before it seem to fail as before. So each link is a check.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterator, Mapping

from bot.core.ecosystems.node_scripts import AUDIT

_LINK = re.compile(r"(?:npm|pnpm|yarn|bun)(?:(?: run| run-script)?(?: -s| --silent)?) ([\w:.-]+)")
_SERIES = re.compile(r"(?:npm-run-all|run-s)(?: -[sl]| --(?:silent|serial|sequential|print-label))* ((?:[\w:.-]+ ?)+)")
_BUILDS = re.compile(
    r"\b(?:build|compile|bundle|rollup|webpack|esbuild|tsup|unbuild|babel|swc|prepare|generate|gulp|tsc)\b"
)
_MOST = 12


def links_of(scripts: Mapping[str, str], name: str, known: Collection[str] = ()) -> list[str]:
    """The scripts that this one calls, if it does nothing else; else it alone. `known`: what runs anyway."""
    links = list(_links(scripts, scripts[name]))
    if not 1 < len(links) <= _MOST or name in links:
        return [name]
    before, after = (_of_hook(scripts, f"{when}{name}", {*known, *links}) for when in ("pre", "post"))
    return list(dict.fromkeys([*before, *links, *after]))


def _of_hook(scripts: Mapping[str, str], hook: str, known: Collection[str]) -> list[str]:
    if hook not in scripts or _is_needless(scripts[hook], known):
        return []
    return list(_links(scripts, scripts[hook])) or [hook]


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


def _is_needless(text: str, known: Collection[str]) -> bool:
    """Whether it only calls what runs anyway, or asks a registry for known vulnerabilities."""
    parts = [part.strip() for part in text.split("&&")]
    calls = [_LINK.fullmatch(part) for part in parts]
    return all(
        (call is not None and call[1] in known) or AUDIT.search(part) for part, call in zip(parts, calls, strict=True)
    )


def builds_before(scripts: Mapping[str, str], unit: str) -> bool:
    """Whether the script `test` builds something before it calls this one: alone that would find nothing built."""
    text = f"{scripts.get('pretest', '')} && {scripts.get('test', '')}"
    found = re.search(rf"(?:^|\s){re.escape(unit)}(?:\s|$)", text)
    return found is not None and _is_built(scripts, text[: found.start()])


def _is_built(scripts: Mapping[str, str], text: str) -> bool:
    return _BUILDS.search(text) is not None or any(
        _BUILDS.search(scripts.get(found[1], "")) for found in _LINK.finditer(text)
    )
