"""What a script of package.json runs: the scripts that it calls, and those that run before and after it by their names.

`npm run x` runs `prex` first and `postx` last; many projects lint before their tests, and ask a registry for known
vulnerabilities after them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from bot.core.ecosystems.files import END_TO_END

CALL = re.compile(r"(?:npm|pnpm|yarn|bun)(?: run)? +(?:-\S+ +)*([\w:.-]+)|\brun-[sp] +(.+)|npm-run-all +(.+)")
_ONLY_CALL = re.compile(
    r"(?:npm|pnpm|yarn|bun)(?: run| run-script)? +(?:-{1,2}(?:s|silent|quiet) +)*([\w:.-]+)(?: +--)?"
)
_PARTS = re.compile(r"&&|\|\||;")
_IS_TEST = re.compile(r"test|spec|unit")
_BROWSER = re.compile(r"browser|karma|testling|zuul|airtap|saucelabs|browserstack|puppeteer|playwright|cypress|bundle")
_AUDIT = re.compile(r"\baudit\b|\baud\b|\bsnyk\b|\bnsp\b|\bossar?\b")
_BESIDE = re.compile(
    r"lint|\bxo\b|\bstandard\b|\bsemistandard\b|prettier|format|\bfmt\b|spell|licen[sc]e|readme|evalmd|markdown|ls-engines"
    r"|\battw\b|publint|depcheck|npmignore|editorconfig|changelog|--noEmit|type-?check|check-types|knip|\bbiome\b|\becho\b"
)
"""What does not prepare tests: style, types, texts."""


def called_by(scripts: Mapping[str, str], name: str) -> set[str]:
    """The scripts that run with a script, also through others, without itself."""
    found, left = {name}, list(_texts(scripts, name))
    while left:
        new = [each for each in _names(scripts, left.pop()) if each not in found]
        found.update(new)
        left += [text for each in new for text in _texts(scripts, each)]
    return found - {name}


def plain_test(scripts: Mapping[str, str], test: str) -> str:
    """The script of tests that `test` comes down to: what it calls and nothing else, without what runs beside it for
    style or for a registry's advice, or without the tests for a browser. `test` itself where that is not clear."""
    seen = {test}
    while (inner := _inner(scripts, test)) and inner not in seen:
        test = inner
        seen.add(test)
    return test


def _inner(scripts: Mapping[str, str], test: str) -> str:
    """The script that says the same with less around it; empty if there is none."""
    parts = _split(scripts[test])
    calls = [found[1] for part in parts if (found := _ONLY_CALL.fullmatch(part)) and found[1] in scripts]
    hooks = [scripts.get(f"{when}{test}", "") for when in ("pre", "post")]
    if len(calls) != len(parts) or not all(runs_beside(scripts, hook) for hook in hooks):
        return ""
    left_out = [name for name in calls if is_for_browser(scripts, name)]
    tests = [name for name in calls if _IS_TEST.search(name) and name not in left_out]
    is_less = len(calls) == 1 or left_out or any(_AUDIT.search(hook) for hook in hooks)
    return tests[0] if tests and is_less else ""


def is_for_browser(scripts: Mapping[str, str], name: str) -> bool:
    return END_TO_END.search(name) is not None or _BROWSER.search(f"{name} {scripts[name]}") is not None


def runs_beside(scripts: Mapping[str, str], text: str) -> bool:
    """Whether tests need nothing of what this text runs."""
    return all(_is_beside(scripts, part) for part in _split(text))


def _is_beside(scripts: Mapping[str, str], part: str) -> bool:
    texts = [f"{name} {scripts[name]}" for name in _names(scripts, part)] or [part]
    return all(_BESIDE.search(text) or _AUDIT.search(text) for text in texts)


def _split(text: str) -> list[str]:
    return [part.strip() for part in _PARTS.split(text) if part.strip()]


def _texts(scripts: Mapping[str, str], name: str) -> Iterator[str]:
    """Of a script with what runs before and after it."""
    yield from (scripts[each] for each in (f"pre{name}", name, f"post{name}") if each in scripts)


def _names(scripts: Mapping[str, str], text: str) -> list[str]:
    """The scripts that a text calls itself."""
    calls = (([call[1]] if call[1] else (call[2] or call[3] or "").split()) for call in CALL.finditer(text))
    return [name for name in _flat(calls) if name in scripts]


def _flat(lists: Iterable[list[str]]) -> Iterator[str]:
    for each in lists:
        yield from each
