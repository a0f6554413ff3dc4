"""Functions that start programs, as values: `map(os.system, commands)`, `$f = "system"`, `run = c => execSync(c)`.

What they are called with stands somewhere in the program. So each text in it that is surely a forbidden command counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from hooks.policy.patterns import compile_once
from hooks.policy.programs.text_files import arguments_at, literals, read_literal
from hooks.policy.shell.values import program_name
from hooks.policy.shell.work import at_most
from hooks.policy.tables import program_names, read_list
from hooks.policy.tables.rows import Language

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell

_GROUP = re.compile(r"[\[(]([^\[\]()]{1,400})[\])]")
_STARTS_WITH_LITERAL = re.compile(r"\s*(?:[\[({]\s*)*[fruRb]{0,2}['\"`]")
_LITERAL_ALONE = re.compile(r"\s*['\"][^'\"\n]*['\"]\s*,\s*(?=[A-Za-z_$.])")
"""`spawnSync("git", words)`: the program, and words that are not there."""
_TEXTS = 40


def judge_handed_on(row: Language, code: str, shell: Shell) -> None:
    """Where such a function is handed on, or is called with what is no literal, judge the texts of the program."""
    if shell.memory.lenient:
        return
    openings = [
        arguments_at(code, match.end()) if match[0].endswith("(") else code[match.end() :].partition("\n")[0]
        for match in compile_once(row.runs).finditer(code)
        if not match[0].endswith("`")
    ]
    computed = [each for each in openings if not _STARTS_WITH_LITERAL.match(each)]
    programs = [literals(each)[0] for each in openings if _LITERAL_ALONE.match(each)]
    if not (computed or programs or compile_once(row.handed_on).search(code)):
        return
    for text in at_most(_TEXTS, dict.fromkeys(_commands(code, programs))):
        shell.refuse_if_surely_code(read_literal(text))


def _commands(code: str, programs: list[str]) -> Iterator[str]:
    """Texts and lists of texts that begin with a program that has rules."""
    groups = [literals(group) for group in _GROUP.findall(code)]
    texts = [*literals(code), *(" ".join(words) for words in groups if len(words) > 1)]
    texts += [" ".join((program, *words)) for program in set(programs) for words in groups if words]
    known, inert = program_names(), read_list("inert")
    for text in texts:
        first = text.split(None, 1)[:1]
        name = program_name(first[0]) if first else ""
        if " " in text.strip() and name in known and name not in inert:
            yield text
