"""A repository's own instructions for coding agents, found as Claude Code finds them: `CLAUDE.md`, what it imports
(`@docs/x.md`), `AGENTS.md` where a folder has no `CLAUDE.md`, the same files of nested folders, and `.claude/rules`.

All of it is read from the base commit, and there is a limit to it. Source of the rules: Claude Code's documentation,
"How Claude remembers your project".
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from bot.core.documents import Unreadable, read_yaml
from bot.core.markdown import said_everywhere

LARGEST = 65_536  # bytes of one file
MOST_FOR_ALL = 100_000  # characters of texts that apply to every file
MOST_FOR_SOME = 40_000  # characters of texts that apply to some folders or files
DEEPEST = 5  # imports, one within the other
MOST_FILES = 200
_OWN = ("CLAUDE.md", ".claude/CLAUDE.md", "CLAUDE.local.md")
_SHARED = "AGENTS.md"
_RULES = ".claude/rules/"
_FROM_ELSEWHERE = frozenset(
    {"node_modules", "vendor", "third_party", "bower_components", "site-packages", ".venv", "venv"}
)
_IMPORT = re.compile(r"(?:^|\s)@((?:\\ |[^\s\\])+)")
_ENDS = ".,;:!?)]}>*_'\"’”"
_FRONT = re.compile(r"\A---[ \t]*\n(.*?)(?:^|\n)---[ \t]*(?:\n|\Z)", re.DOTALL)
_PATHS = ("paths", "globs")
_COMMAS = re.compile(r",(?![^{]*\})")  # outside of braces: `*.{js,ts}` is one pattern

ReadFiles = Callable[[Iterable[str]], Mapping[str, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """One text. `folder`: it applies to files in it (empty: to all); `globs`: to files that match one of them (none: to
    all). `imported_by`: the file that names it."""

    path: str
    text: str
    folder: str = ""
    globs: tuple[str, ...] = ()
    imported_by: str = ""

    @property
    def for_all(self) -> bool:
        return not self.folder and not self.globs


@dataclass(frozen=True, slots=True, kw_only=True)
class Instructions:
    """`left_out`: the files for which there was no space, most important first; `cut`: of which the end is missing."""

    texts: tuple[Instruction, ...] = ()
    left_out: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()


@dataclass(slots=True)
class _Files:
    """What was read so far, by path; None is no text. `cut`: files longer than the limit; `left_out`: not read, as
    there are too many."""

    read: ReadFiles
    texts: dict[str, str | None] = field(default_factory=dict)
    cut: set[str] = field(default_factory=set)
    left_out: list[str] = field(default_factory=list)

    def load(self, paths: Iterable[str]) -> None:
        wanted = [path for path in dict.fromkeys(paths) if path not in self.texts]
        taken = wanted[: max(MOST_FILES - len(self.texts), 0)]
        self.left_out += wanted[len(taken) :]
        found = self.read(taken) if taken else {}
        for path in wanted:
            content = found.get(path)
            self.texts[path] = None if content is None or b"\0" in content else _decode(content[:LARGEST])
            if content is not None and len(content) > LARGEST:
                self.cut.add(path)


def find_instructions(paths: Collection[str], read: ReadFiles) -> Instructions:
    """Those of the commit whose files are `paths`. `read` returns the beginnings (more than `LARGEST` bytes of longer
    ones) of those of the paths that are files."""
    sources = list(_sources(paths))
    files = _Files(read)
    frontier = [source.path for source in sources]
    for _ in range(DEEPEST + 1):
        files.load(frontier)
        frontier = [target for path in frontier for target in _targets(path, files.texts[path] or "")]
    return _limit(_in_order(sources, files), files)


# Which files


def _sources(paths: Collection[str]) -> Iterator[Instruction]:
    """The files that are instructions by their names, the ones that apply to all files first, without their texts."""
    folders: dict[str, dict[str, str]] = {}
    rules: dict[str, list[str]] = {}
    for path in paths:
        lowered = path.lower()
        for name in (*_OWN, _SHARED):
            if lowered == name.lower() or lowered.endswith(f"/{name.lower()}"):
                folders.setdefault(path[: -len(name)], {}).setdefault(name, path)
        at = f"/{lowered}".find(f"/{_RULES}")
        if at >= 0 and lowered.endswith(".md"):
            rules.setdefault(path[:at], []).append(path)
    for name in folders.keys() & {f"{folder}.claude/" for folder in folders}:  # `.claude` is no folder of the project
        folders.pop(name)
    for folder in sorted({*folders, *rules}, key=lambda each: (each.count("/"), each)):
        if not _FROM_ELSEWHERE & set(folder.split("/")):
            own = folders.get(folder, {})
            named = [own[name] for name in _OWN if name in own] or [own[name] for name in (_SHARED,) if name in own]
            yield from (Instruction(path=path, text="", folder=folder) for path in named)
            yield from (Instruction(path=path, text="", folder=folder) for path in sorted(rules.get(folder, [])))


def _targets(path: str, text: str) -> Iterator[str]:
    """The paths that an import in `text` may mean. None of them leads out of the repository."""
    for said in said_everywhere(_FRONT.sub("", text)):
        for match in _IMPORT.finditer(said):
            yield from _meanings(path, match[1].replace("\\ ", " "))


def _meanings(path: str, written: str) -> Iterator[str]:
    """As it is written; else without what ends a sentence, and without the name of a section."""
    plain = written.rstrip(_ENDS)
    for target in dict.fromkeys((written, plain, written.partition("#")[0], plain.partition("#")[0])):
        found = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        if target and not target.startswith(("/", "~")) and found != "." and not found.startswith(("../", "/")):
            yield found


# What they say


def _in_order(sources: Iterable[Instruction], files: _Files) -> Iterator[Instruction]:
    """Each text once, followed by what it imports."""
    seen, said = set[str](), set[tuple[str, str, tuple[str, ...]]]()
    for source in sources:
        text = files.texts.get(source.path)
        if text is None:
            continue
        globs, _ = _front_matter(text) if _RULES in source.path.lower() else ((), "")
        for each in _with_imports(replace(source, globs=globs), files, seen, DEEPEST):
            key = (each.text.strip(), each.folder, each.globs)
            if each.text.strip() and key not in said and (key[0], "", ()) not in said:
                said.add(key)
                yield each


def _with_imports(source: Instruction, files: _Files, seen: set[str], deepest: int) -> Iterator[Instruction]:
    text = files.texts.get(source.path)
    if text is None or source.path in seen:
        return
    seen.add(source.path)
    _, rest = _front_matter(text) if _RULES in source.path.lower() else ((), text)
    yield replace(source, text=rest)
    if deepest:
        for target in _targets(source.path, text):
            yield from _with_imports(replace(source, path=target, imported_by=source.path), files, seen, deepest - 1)


def _front_matter(text: str) -> tuple[tuple[str, ...], str]:
    """The globs that a rule names, and the rule. Many are no YAML: `paths: **/*.ts` would be an alias."""
    match = _FRONT.match(text)
    if match is None:
        return (), text
    try:
        document = read_yaml(match[1].encode())
        named: object = next((document[key] for key in _PATHS if document.get(key)), [])
    except Unreadable:
        named = _globs_by_line(match[1])
    listed = named if isinstance(named, list) else _COMMAS.split(str(named))
    return tuple(stripped for each in listed if (stripped := str(each).strip(" '\""))), text[match.end() :]


def _globs_by_line(front: str) -> list[str]:
    globs, within = list[str](), False
    for line in front.split("\n"):
        key, colon, value = line.partition(":")
        if colon and key.strip() in _PATHS:
            within = not value.strip()
            globs += _COMMAS.split(value.strip(" []")) if value.strip() else []
        elif within and line.strip().startswith("-"):
            globs.append(line.strip().removeprefix("-"))
        else:
            within = False
    return globs


def _limit(texts: Iterable[Instruction], files: _Files) -> Instructions:
    taken, left_out = list[Instruction](), list[str]()
    space = {True: MOST_FOR_ALL, False: MOST_FOR_SOME}
    for each in sorted(texts, key=lambda each: not each.for_all):
        space_left = space[each.for_all] - len(each.text)
        if space_left < 0:
            left_out.append(each.path)
            continue
        space[each.for_all] = space_left
        taken.append(each)
    named = tuple(each.path for each in taken if each.path in files.cut)
    return Instructions(texts=tuple(taken), left_out=tuple(dict.fromkeys([*left_out, *files.left_out])), cut=named)


def _decode(content: bytes) -> str:
    text = content.decode("utf-8", "replace").removeprefix("\ufeff")
    return re.sub(r"\r\n?", "\n", text)
