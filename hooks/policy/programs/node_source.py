"""Rewrites JavaScript before patterns are matched: modules and functions under other names get their own.

`const f = require("child_process").execSync; f("git push")` and `child_process.execSync("git push")` are the same
program.
"""

from __future__ import annotations

import re

RENAMED = re.compile(r"\b(exec\w*|spawn\w*|fork)\s*(?::|\bas\b)\s*([A-Za-z_$]\w*)")
"""`{exec: x} = require("child_process")`, `import {exec as x}`."""
SUM = re.compile(r"(['\"])([^'\"\\\n]*)\1\s*\+\s*(['\"])([^'\"\\\n]*)\3")
CONSTANT = re.compile(
    r"\b(?:const|let|var)\s+([A-Za-z_$][\w$]*)\s*=\s*(['\"][^'\"\\\n]*['\"]|\[(?:\s*['\"][^'\"\n]*['\"]\s*,?)+\])\s*(?=[;,\n]|$)"
)
REQUIRE = re.compile(
    r"(?:\(\s*await\s+import|(?:\b(?:module|process\.mainModule|globalThis|global)\.)?\brequire|\bModule\._load|createRequire\([^()]*\)|getBuiltinModule)"
    r"\s*\(\s*['\"`](?:node:)?([@\w./-]+)['\"`]\s*\)(?:\s*\))?(?:\s*\.default\b)?(?:\s*\?\.)?"
)
"""A module within an expression."""
BINDS_MODULE = re.compile(
    r"\b(?:const|let|var|,)\s*([A-Za-z_$][\w$]*)\s*=\s*(?:await\s+)?(?:require|import)\s*\(\s*['\"`](?:node:)?([@\w./-]+)['\"`]\s*\)"
    r"|\bimport\s+(?:\*\s+as\s+)?([A-Za-z_$][\w$]*)\s*(?:,\s*\{[^}]*\}\s*)?from\s*['\"](?:node:)?([@\w./-]+)['\"]"
)
TAKES_FUNCTIONS = re.compile(
    r"\{([^{}]{1,300})\}\s*=\s*(?:await\s+)?(?:require|import)\s*\(\s*['\"](?:node:)?([@\w./-]+)['\"]|\bimport\s*\{([^{}]{1,300})\}\s*from\s*['\"](?:node:)?([@\w./-]+)['\"]"
)
BY_TEXT = re.compile(r"(?:\?\.)?\[\s*(['\"`])(\w+)\1\s*\](?=\s*(?:\?\.)?(?:\(|\.(?:call|apply|bind)\b))")
"""`cp["execSync"](…)`."""
BINDS_FUNCTION = re.compile(
    r"\b(?:const|let|var|,)?\s*([A-Za-z_$][\w$]*)\s*=\s*(?:[\w.]*promisify\s*\(\s*)?([A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*)"
    r"(?:\.bind\s*\([^()]*\))?\s*\)?\s*(?=[;,\n]|$)"
)
STARTERS = re.compile(r"(?:[\w$]+\.)*(?:exec|execSync|execFile|execFileSync|spawn|spawnSync|fork|eval|Function)")
PROMISED = re.compile(r"[\w.]*\bpromisify\s*\(\s*([A-Za-z_$][\w$.]*)\s*\)")
MAKES_CLIENT = re.compile(
    r"([A-Za-z_$][\w$]*)\s*=\s*(axios|got|ky|request|superagent|undici|simple_git|simpleGit)(?:\.(?:create|extend|defaults|agent|instance))?\s*\("
)
"""`api = axios.create({…})`: what it sends, axios sends."""
MADE_CLIENT = re.compile(
    r"\b(axios|got|ky|request|superagent|undici|simple_git|simpleGit)(?:\.(?:create|extend|defaults|agent))?\s*\([^()]*\)(?=\.\w+\s*\()"
)
OF_FILES = frozenset({"fs", "fs_extra", "rimraf", "del", "trash", "shelljs", "graceful_fs"})
"""Modules whose functions delete."""
SENDERS = frozenset({"axios", "got", "superagent", "needle", "ky", "request", "undici"})
NAMES_LIMIT = 40


def resolve_aliases(code: str) -> str:
    """The code with modules and their functions under their first names."""
    for _ in range(4):
        code = SUM.sub(lambda found: f"{found[1]}{found[2]}{found[4]}{found[1]}", code)
    code = _fill_in_constants(code)
    code, inline = _resolve_modules(code)
    code = PROMISED.sub(r"\1", BY_TEXT.sub(r".\2", code))
    code = _resolve_functions(code)
    return "\n".join((code, *(f'require("{name}")' for name in dict.fromkeys(inline))))


def _replace(code: str, name: str, text: str, ahead: str) -> str:
    return re.sub(rf"(?<![\w.$'\"/-]){re.escape(name)}(?={ahead})", lambda _: text, code)


def _fill_in_constants(code: str) -> str:
    """`const m = "child_process"; require(m)`: a text, or a list of texts, that is assigned once."""
    for name, value in CONSTANT.findall(code)[:NAMES_LIMIT]:
        if len(re.findall(rf"(?<![\w.$]){re.escape(name)}\s*(?:[+-]?=(?![=>])|\.(?:push|unshift|splice)\b)", code)) > 1:
            continue
        alone = re.compile(rf"(?<=[(,\[])(\s*){re.escape(name)}(?=\s*[),\]])")
        code = "".join(_between(alone.split(code), value))
        spread = rf"\.\.\.{re.escape(name)}(?=\s*[,\]])"
        code = value.strip("[]").join(re.split(spread, code))
        if value[0] != "[":
            code = code.replace(f"${{{name}}}", value[1:-1])
    return code


def _between(parts: list[str], value: str) -> list[str]:
    """The texts around a name, and the blanks before it, with the value in its place."""
    return [part + value if position % 2 else part for position, part in enumerate(parts)]


def _identifier(module: str) -> str:
    return re.sub(r"\W+", "_", module.removesuffix("/promises")).strip("_")


def _resolve_modules(code: str) -> tuple[str, list[str]]:
    """The code, and the modules that it loads within expressions: those are named by what they are now."""
    for first, module, second, other in BINDS_MODULE.findall(code)[:NAMES_LIMIT]:
        if (name := first or second) != (own := _identifier(module or other)):
            code = _replace(code, name, own, r"\s*(?:\?\.)?[.(\[]|\s*[,)]")
    inline: list[str] = []

    def name_module(found: re.Match[str]) -> str:
        inline.append(found[1])
        return _identifier(found[1])

    return re.sub(rf"(?:{REQUIRE.pattern})(?=\s*[.(\[])", name_module, code), inline


def _resolve_functions(code: str) -> str:
    """Functions that start programs or send, taken out of their modules and called by another name."""
    if "child_process" in code:
        for original, alias in RENAMED.findall(code):
            code = _replace(code, alias, original, r"\s*\(")
    for taken, module, others, other in TAKES_FUNCTIONS.findall(code):
        if (own := _identifier(module or other)) in SENDERS | OF_FILES:
            for part in (taken or others).split(","):
                first, _, alias = re.sub(r"\bas\b", ":", part).partition(":")
                code = _replace(code, (alias or first).strip(), f"{own}.{first.strip()}", r"\s*\(")
    for name, client in MAKES_CLIENT.findall(code)[:NAMES_LIMIT]:
        code = _replace(code, name, client, r"\s*\.")
    given = [found[0] for found in MADE_CLIENT.finditer(code)]
    code = "\n".join((MADE_CLIENT.sub(r"\1", code), *given))
    for name, function in BINDS_FUNCTION.findall(code)[:NAMES_LIMIT]:
        starts = STARTERS.fullmatch(function) and name != function
        if starts or function.partition(".")[0] in SENDERS:
            code = _replace(code, name, function, r"\s*\(")
    return code
