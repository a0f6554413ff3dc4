"""Reads the commands in files of `name = value` fields and of `name { … }` blocks.

So HCL (Terraform, Packer), Starlark (Bazel, Buck), Nix, Prisma and settings of one option to a line are read, and
the task blocks of WDL and Nextflow, and the rules of dune.
"""

from __future__ import annotations

import re
import shlex

VALUE = r"""
(?P<lines><<[-~]?\s*"?(?P<end>\w+)"?[ \t]*\n(?P<document>.*?)\n\s*(?P=end)\b)
|(?P<triple>\"{3}|'{3}|'')(?P<text>.*?)(?P=triple)
|(?P<opening>[\[(])(?P<list>[^\])]*)[\])]
|(?P<quote>["'])(?P<line>(?:\\.|(?!(?P=quote))[^\\\n])*)(?P=quote)
"""
LITERAL = re.compile(r"\"((?:\\.|[^\"\\])*)\"|'((?:\\.|[^'\\])*)'")
COMMENT = re.compile(r"(?m)^\s*(?:#|//).*$")
FUNCTION = re.compile(
    r"\$\{[^}]*\}|\$\((?:location|locations|execpath|rootpath|exe|exec|execpaths) [^)]*\)|\$\(\w+\)|\$[@<^]"
)
"""What only the runner fills in."""


def read_fields(text: str, names: tuple[str, ...]) -> list[str]:
    """The commands in the values of these fields: a text, a list of words, or a list of commands."""
    field = re.compile(rf"(?<![\w.])(?:{'|'.join(names)})\s*(?:[:=]|=>)?\s*(?:{VALUE})", re.DOTALL | re.VERBOSE)
    found: list[str] = []
    for match in field.finditer(COMMENT.sub("", text)):
        value = next((match[each] for each in ("document", "text", "line") if match[each] is not None), None)
        found += [_unescape(value)] if value is not None else _read_list(match["list"])
    return [FUNCTION.sub("${MADE}", each) for each in found]


def _read_list(text: str) -> list[str]:
    """One command of these words; or each is one."""
    words = [_unescape(first or second) for first, second in LITERAL.findall(text)] or re.split(r"[\s,]+", text.strip())
    several = [word for word in words[:1] if " " in word]
    return words if several else [shlex.join(words)] if words else []


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: {"n": "\n", "t": "\t"}.get(found[1], found[1]), text)


BLOCK = re.compile(
    r"""\b(?:command|script|shell|exec|beforeScript|afterScript|stub)\s*[:=]?\s*
    (?:<<<(.*?)>>>|\{(.*?)\n\s*\}|\"{3}(.*?)\"{3}|'{3}(.*?)'{3}|['"]([^'"\n]+)['"])""",
    re.DOTALL | re.VERBOSE,
)


IMPLICIT = re.compile(r"\bprocess\s+\w+\s*\{(?:(?!\bprocess\b)[^\"'])*?(?:\"{3}(.*?)\"{3}|'{3}(.*?)'{3})", re.DOTALL)
"""Nextflow takes a text without a name for the process's script."""


def read_blocks(text: str, _goals: tuple[str, ...]) -> list[str]:
    """The commands of WDL's and Nextflow's tasks."""
    code = COMMENT.sub("", text)
    blocks = [next(filter(None, groups), "") for groups in (*BLOCK.findall(code), *IMPLICIT.findall(code))]
    return [re.sub(r"[~$!]\{[^}]*\}", "${MADE}", each) for each in blocks]


RULE = re.compile(r"\((run|system|bash)\s+((?:\"(?:\\.|[^\"\\])*\"|[^()\"])+)\)")


def read_rules(text: str, _goals: tuple[str, ...]) -> list[str]:
    """The actions of dune's rules; `%{x}` is what dune puts in."""
    code = re.sub(r"(?m);.*$", "", text)
    found = [(kind, re.sub(r"%\{[^}]*\}", "${MADE}", words.strip())) for kind, words in RULE.findall(code)]
    return [words if kind == "run" else _unescape(words.strip('"')) for kind, words in found]
