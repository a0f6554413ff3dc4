"""Scripts of package.json that the words of an editing program name: what they will be, once it has run."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from hooks.policy.patterns import compile_once
from hooks.policy.programs.documents import read_json
from hooks.policy.shell.escapes import PROGRAM, decode
from hooks.policy.shell.values import UNKNOWN, program_name

if TYPE_CHECKING:
    from hooks.policy.shell.file_memory import Draft

SETTING = re.compile(r"scripts(?:\.|\[[\"']?)(?P<name>.+?)[\"']?\]?=(?P<text>.*)", re.DOTALL)
"""`npm pkg set scripts.test=jest`: the rest of the word is the text, unless it is written as JSON."""
LITERAL = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'", re.DOTALL)
NAMED = re.compile(r"(?:[\"'](?P<quoted>[^\"']+)[\"']|(?P<plain>[\w@:/-]+))\s*(?:\]\s*)?(?:[|+]?=|:)\s*$")
"""What stands before a literal that a name is given: `.scripts.x = "…"`, `"x": "…"`, `["x"] = "…"`."""
KEY = re.compile(r"\.?scripts\.(?P<name>[\w:@-]+)")
"""A word that is nothing but a script's key: `npe scripts.x TEXT`, `dasel put -v TEXT .scripts.x`."""
FROM_ENVIRONMENT = re.compile(r"(?:\$ENV|\benv)\.\w+|\b(?:str)?env\(\w+\)")
REPLACED = re.compile(r"s([/|,#@!:;%])(?P<old>(?:(?!\1)[^\\]|\\.)*)\1(?P<new>(?:(?!\1)[^\\]|\\.)*)\1", re.DOTALL)
IN_BRACES = re.compile(r"\bs\{([^{}/]*)\}\s*\{([^{}/]*)\}")
TAKE_TEXTS = frozenset({"npe", "dasel", "jj", "sd", "dot-json", "npm-add-script"})
"""Programs of which a word may be a script's text as it stands; to others it is a literal in code."""
COMMAND = re.compile(r"[\w./-]+\s+\S")
"""A word of several words that begins like a command, not like a program of jq."""
NAME_LIMIT = 120
WORD_LIMIT = 20_000
TEXT_LIMIT = 4000
"""Of a text in which a pattern with a repetition is looked for: the time grows with its square."""

Setting = tuple[str, str]
"""A script's name, "" where the words do not tell it; and its text."""


def find_edited_scripts(draft: Draft, names: list[str]) -> list[str]:
    """The texts that scripts of these names may have, once the programs that edit the file have run."""
    found = [each for argv in draft.sources for each in _read_words(argv, draft.text or "")]
    return [text for name, text in dict.fromkeys(found) if not name or any(_is(name, each) for each in names)]


def _is(name: str, wanted: str) -> bool:
    return UNKNOWN in name or name == wanted or ("*" in wanted and fnmatch.fnmatchcase(name, wanted))


def _read_words(argv: tuple[str, ...], before: str) -> Iterator[Setting]:
    words, values = _take_variables(list(argv[1:]))
    named = next((match["name"] for match in map(KEY.fullmatch, words) if match), "")
    for word in words:
        if len(word) > WORD_LIMIT:
            continue
        for name, literal in values.items():
            word = literal.join(re.split(rf"\${name}\b", word))  # noqa: PLW2901
        found = list(_read_word(FROM_ENVIRONMENT.sub(f'"{UNKNOWN}"', word), before))
        if not found and program_name(argv[0]) in TAKE_TEXTS and COMMAND.match(word):
            found = [("", word)]
        yield from ((name or named, text) for name, text in found)


def _take_variables(words: list[str]) -> tuple[list[str], dict[str, str]]:
    """`jq --arg name value`: the words without them, and each value as a literal."""
    rest: list[str] = []
    values: dict[str, str] = {}
    while words:
        word = words.pop(0)
        if word in {"--arg", "--argjson"} and len(words) > 1 and words[0].isidentifier():
            name, value = words.pop(0), words.pop(0)
            values[name] = value if word == "--argjson" else '"' + re.sub(r"([\"\\])", r"\\\1", value) + '"'
        else:
            rest.append(word)
    return rest, values


def _read_word(word: str, before: str) -> Iterator[Setting]:
    if (setting := SETTING.fullmatch(word)) and setting["text"][:1] not in {'"', "{"}:
        yield setting["name"], setting["text"]
        return
    yield from _replace(list(REPLACED.finditer(IN_BRACES.sub(r"s/\1/\2/", word))), before)
    yield from _read_literals(word)


def _read_literals(text: str) -> Iterator[Setting]:
    for literal in LITERAL.finditer(text):
        if re.match(r"\s*(?::|\]\s*[|+]?=(?!=))", text[literal.end() :]):
            continue  # it is a name
        inner = decode(re.sub(r"\\\([^)]*\)", UNKNOWN, literal[1] or literal[2] or ""), PROGRAM)[0]
        named = NAMED.search(text[max(0, literal.start() - NAME_LIMIT) : literal.start()])
        if named:
            yield named["quoted"] or named["plain"], inner
        elif COMMAND.match(inner):
            yield "", inner


def _replace(changes: list[re.Match[str]], before: str) -> Iterator[Setting]:
    """sed's `s`: the scripts that the file has afterwards; where that cannot be told, the new texts."""
    after = before
    for each in changes:
        after = _substitute(each["old"].replace(r"\/", "/"), re.sub(r"\\(.)", r"\1", each["new"]), after)
    document = read_json(after)
    scripts = document.get("scripts") if isinstance(document, dict) and after != before else None
    if isinstance(scripts, dict):
        yield from ((name, text) for name, text in scripts.items() if isinstance(text, str))
        return
    yield from (("", each["new"]) for each in changes if not LITERAL.search(each["new"]) and COMMAND.match(each["new"]))


def _substitute(pattern: str, new: str, text: str) -> str:
    many = "(" in pattern or len(re.findall(r"[*+?{]", pattern)) > 1
    if many or len(text) > (TEXT_LIMIT if re.search(r"[*+?{]", pattern) else WORD_LIMIT):
        return text  # it might take long
    try:
        return compile_once(pattern).sub(lambda _: new, text)
    except re.error:
        return text
