"""Links that a call makes, copies or moves: what is written under such a name is written to the file behind it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from hooks.policy.options import Options, sources_and_target
from hooks.policy.paths import is_inside
from hooks.policy.shell.memory import PROGRAM

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell

LITERAL = r"(?P<q{0}>['\"`])(?P<{1}>[^'\"`\n$]+)(?P=q{0})"
CODE_LINKS = (
    re.compile(rf"link(?:Sync)?\s*(?:\(\s*)?{LITERAL.format(1, 'target')}\s*,\s*{LITERAL.format(2, 'link')}"),
    re.compile(rf"\bln_sf?\s*(?:\(\s*)?{LITERAL.format(1, 'target')}\s*,\s*{LITERAL.format(2, 'link')}"),
    re.compile(rf"\bPath\(\s*{LITERAL.format(1, 'link')}\s*\)\.\w+link_to\(\s*{LITERAL.format(2, 'target')}"),
)
"""`os.symlink("/etc/hosts", "x")`, `fs.linkSync`, `FileUtils.ln_s`, `Path("x").symlink_to("/etc/hosts")`."""


def place_sources(sources: tuple[str, ...], target: str, shell: Shell) -> Iterator[tuple[str, str]]:
    """Each source with the path that it gets: in a folder it keeps its name."""
    for path in shell.resolve(target):
        if path is None:
            continue
        inside = os.path.isdir(path) or target.endswith("/") or len(sources) > 1  # noqa: PTH112
        for word in sources:
            yield word, os.path.normpath(f"{path}/{word.rstrip('/').rpartition('/')[2]}") if inside else path


def remember_links(options: Options, shell: Shell, *, from_link: bool) -> None:
    """`ln`, `cp -s`: from here on, paths through the link lead where it points; `from_link`: seen from its folder."""
    folder, operands = options.value("-t", "--target-directory"), options.operands
    if len(operands) == 1 and not folder:
        operands = (*operands, ".")
    sources, target = (operands, f"{folder}/") if folder else (operands[:-1], operands[-1] if operands else "")
    for word, link in place_sources(sources, target, shell):
        _remember(link, word, shell, from_link=from_link)


def _remember(link: str, word: str, shell: Shell, *, from_link: bool) -> None:
    given = f"{link.rpartition('/')[0]}/{word}" if from_link and not word.startswith("/") else word
    source = shell.resolve(given)[0]
    if source is not None and source != link and not PROGRAM.fullmatch(source):
        shell.memory.remember_link(link, source)


def keep_links(options: Options, shell: Shell) -> None:
    """`mv`, `cp -P`, `cp -a`: a link stays one under its new name, and so do those in a folder."""
    links = shell.memory.links
    for word, path in place_sources(*sources_and_target(options), shell):
        for source in filter(None, shell.resolve(word)):
            if source not in links and os.path.islink(source):  # noqa: PTH114 -- plain strings
                shell.memory.remember_link(path, os.path.realpath(source))
            for link in [each for each in links if is_inside(each, source)]:
                shell.memory.remember_link(path + link[len(source) :], shell.memory.behind_links(link))


def remember_code_links(code: str, shell: Shell) -> None:
    """The links that a program in another language makes, where both paths are literals."""
    for pattern in CODE_LINKS if "link" in code or "ln_s" in code else ():
        for found in pattern.finditer(code):
            for link in filter(None, shell.resolve(found["link"])):
                _remember(link, found["target"], shell, from_link=True)
