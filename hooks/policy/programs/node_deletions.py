"""Which paths tests and build files in JavaScript delete, by the literals that reach the deleting call."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from hooks.policy.programs.node_source import resolve_aliases
from hooks.policy.programs.own_paths import name_node_paths
from hooks.policy.programs.text_files import DYNAMIC_HOME, arguments_at, join_literals, literals

MAY_DELETE = re.compile(r"\b(?:rm|rmdir|unlink|remove|empty[dD]ir|rimraf|del|delete(?:As|S)ync|trash)(?:Sync)?\b")
TEXTS = r"\[\s*(?:['\"`][^'\"`\n$]*['\"`]\s*(?:,\s*)?)+\]"
LOOPS = (
    re.compile(rf"\bfor\s*(?:await\s*)?\(\s*(?:const|let|var)\s+(?P<name>\w+)\s+of\s+(?P<list>{TEXTS})"),
    re.compile(rf"(?P<list>{TEXTS})\s*\.(?:forEach|map)\(\s*(?:async\s*)?\(?\s*(?P<name>\w+)\b"),
)
"""`for (const d of ["a", "b"])`, `["a", "b"].forEach(d => …)`."""
FIRST_TEXT = re.compile(r"\s*(?:['\"`]-\w+['\"`]\s*,\s*)?(?P<text>['\"`][^'\"`\n]*['\"`]|\[[^\]\n]*\])")
"""The first argument; of `shell.rm("-rf", "a")` the second."""
RESOLVE = re.compile(r"(?<![\w.])(?!Promise\b|require\b)[\w$]+\.resolve\s*\(")
PATTERN = re.compile(r"/?[*?{!][^/]*(?:/.*)?$")


@lru_cache(maxsize=256)
def rewrite(code: str, path: str) -> str:
    """The code of a file with modules under their first names, and paths written out. Kept from call to call."""
    code = join_literals(RESOLVE.sub("resolve(", name_node_paths(code, path)))
    code = join_literals(resolve_aliases(code))
    for pattern in LOOPS:
        for name, texts in {(found["name"], found["list"]) for found in pattern.finditer(code)}:
            code = re.sub(rf"(?<=\(){name}(?=\s*[,)])", lambda _, texts=texts: texts, code)  # type: ignore[misc]
    return code


def find_deleted(code: str, openings: re.Pattern[str]) -> Iterator[str]:
    """The paths that these calls delete; of a pattern the folder that it is in."""
    for opening in openings.finditer(code):
        arguments = arguments_at(code, opening.end())
        first = FIRST_TEXT.match(arguments)
        if first is None:
            yield from ("~",) if DYNAMIC_HOME.match(arguments.lstrip()) else ()
        else:
            yield from (PATTERN.sub("", text) or "." for text in literals(first["text"]) if text)
