"""The memory of one judgement: commands, files written, nesting; and its limits.

Beyond a limit the command is not understood, and so not granted.
"""

from __future__ import annotations

import fnmatch
import glob
import os
import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING

from hooks.policy.paths import is_inside
from hooks.policy.ruling import Context, Refused
from hooks.policy.shell.file_memory import Draft, FileMemory
from hooks.policy.shell.files_made import FilesMade
from hooks.policy.shell.syntax import NotUnderstood
from hooks.policy.shell.values import UNKNOWN, Command, Feed, Redirect, program_name
from hooks.policy.shell.work import FILE_LIMIT, FILE_PARSE_DISCOUNT, LINKS_LIMIT, TEST_LIMIT, TooMuch, Work
from hooks.policy.tables import read_list

if TYPE_CHECKING:
    from hooks.policy.shell.scope import Scope

DEPTH_LIMIT = 90
PROGRAM = re.compile(r"(/usr(/local)?)?/s?bin/[^/]+|/opt/.+/bin/[^/]+|/snap/bin/[^/]+")
"""A program by its path."""
MATCHES_LIMIT = 40
WORDS_LIMIT = 40
PATTERN_PARTS_LIMIT = 2
PIPES = "/dev/fd/substituted-"
MADE_BY_MKTEMP = "/tmp/mktemp.folder"  # noqa: S108 -- stands for what `mktemp` will have made; nothing is opened there


class Memory(FileMemory):
    """The memory of one judgement, shared by all shells in it."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.log: list[tuple[str, ...]] = []
        self.files = FilesMade(context)
        self.lenient = 0
        self.tests = 0
        self.in_container = False
        self.work = Work()
        self.unseen: list[str] = []
        self._depth = 0

    @contextmanager
    def one_level_deeper(self) -> Iterator[None]:
        self._depth += 1
        if self._depth > DEPTH_LIMIT:
            raise NotUnderstood("nested too deeply")
        try:
            yield
        finally:
            self._depth -= 1

    @contextmanager
    def as_repository_code(self) -> Iterator[None]:
        """Within: what is unknown is not refused, as in scripts that belong to the repository."""
        self.lenient += 1
        try:
            yield
        finally:
            self.lenient -= 1

    @contextmanager
    def as_test_code(self) -> Iterator[None]:
        """Within: a test that this session wrote. Unknown parts are not refused; what it surely does counts. Each file
        has a budget for itself, because a session has many; one that exceeds it is refused, so that padding hides
        nothing."""
        before = self.lenient, self.tests
        self.lenient = self.tests = 1  # the text is the session's, also where the repository's code runs it
        whole, self.work = self.work, Work(TEST_LIMIT)
        noted = len(self.log)
        try:
            yield
        finally:
            self.work = whole
            del self.log[noted:]
            self.lenient, self.tests = before

    @contextmanager
    def as_session_code(self) -> Iterator[None]:
        """Within: a text that this session wrote is judged like a command, also where the repository's code runs it."""
        before, self.lenient = self.lenient, 0
        try:
            yield
        finally:
            self.lenient = before

    @contextmanager
    def within_script_budget(self) -> Iterator[None]:
        """Within: a script of the repository's own, which may be long. Beyond its share of the work it is TooMuch."""
        whole, self.work = self.work, Work(FILE_LIMIT, parse_discount=FILE_PARSE_DISCOUNT)
        try:
            yield
        finally:
            part, self.work = self.work, whole
        whole.spend(min(part.spent, FILE_LIMIT))

    @property
    def judges_repository(self) -> bool:
        """Whether the code that is judged belongs to the repository."""
        return self.lenient > self.tests

    def note(self, command: Command) -> None:
        self.work.spend(2 + len(command.argv))
        self.log.append(command.argv)

    def commands_since(self, position: int) -> tuple[tuple[str, ...], ...]:
        return tuple(self.log[position:])

    def environment(self, scope: Scope) -> dict[str, str]:
        """The variables whose value is known although no assignment is seen."""
        folder = next(iter(scope.folders)) if len(scope.folders) == 1 else UNKNOWN
        home = str(self.context.home)
        scratch = str(self.context.scratch[0]) if self.context.scratch else "/tmp"  # noqa: S108 -- the shell's default
        return {"HOME": home, "PWD": folder, "TMPDIR": scratch, "IFS": " \t\n"}

    def resolve(self, word: str, scope: Scope, *, logical: bool = False) -> tuple[str | None, ...]:
        """The absolute paths that a word may name, `..` taken out; None where it is unknown.

        The system follows a link before `..`, `cd` takes `..` out of the text (`logical`).
        """
        folders = ["/"] if word.startswith("/") else sorted(scope.folders)
        self.work.spend(len(folders) // 2)
        if not logical and ".." in word:
            found = tuple(self._physical(folder, word) for folder in folders)
        else:
            found = tuple(self._follow_links(_join(folder, word)) for folder in folders)
        if word.startswith("~") and word[1:2] in ("", "/"):
            # The shell has expanded its own; some programs expand what was quoted for the shell.
            return (self._follow_links(_join(str(self.context.home), word[1:].lstrip("/"))), *found)
        return found

    def resolve_files(self, word: str, scope: Scope) -> tuple[str | None, ...]:
        """The paths that a word may name, with the files that match it where it is a pattern."""
        paths = self.resolve(word, scope)
        if not re.search(r"[*?\[]", word):
            return paths
        written = (*self.wrote, *self.context.written)
        found = [each for path in paths if path for each in fnmatch.filter(written, path)]
        on_disk = [each for path in paths if path for each in self._find_matches(path)]
        self.work.spend(len(on_disk) + len(written) // 8)
        return tuple(dict.fromkeys((*paths, *found, *on_disk)))

    def _find_matches(self, pattern: str) -> list[str | None]:
        """The files of the workspace that match; None among them where there are too many to look at."""
        workspace = str(self.context.workspace)
        if not is_inside(pattern, workspace):
            return []
        if len(re.findall(r"[*?\[][^/]*", pattern[len(workspace) :])) > PATTERN_PARTS_LIMIT:
            return [None]
        found: list[str | None] = list(islice(glob.iglob(pattern), MATCHES_LIMIT + 1))  # noqa: PTH207 -- plain strings
        return found if len(found) <= MATCHES_LIMIT else [*found[:MATCHES_LIMIT], None]

    def _physical(self, folder: str, word: str) -> str | None:
        """The path of a word with `..`, each link before a `..` followed."""
        before, _, after = word.partition("..")
        outside = before[-1:] not in ("", "/") or after[:1] not in ("", "/")
        path = _join(folder, f"{before}x" if outside else before or ".")
        if path is None:
            return None
        if outside:
            return self._follow_links(_join(folder, word))
        real = os.path.realpath(self._follow_links(path) or path)
        workspace = str(self.context.workspace)
        if is_inside(path, workspace) and real == os.path.realpath(workspace) + path[len(workspace) :]:
            real = path
        rest, above = after.lstrip("/"), os.path.dirname(real)  # noqa: PTH120 -- hot path, plain strings
        return self._physical(above, rest) if ".." in rest else self._follow_links(_join(above, rest or "."))

    def remember_link(self, name: str, target: str) -> None:
        """The command makes a link: what was written under its name is no longer behind it."""
        self.wrote.pop(name, None)
        self.links[name] = target
        self.files.link(name, target)
        if len(self.links) - len(self.context.files.links) > LINKS_LIMIT:
            raise TooMuch("makes more links than can be followed")

    def _follow_links(self, path: str | None) -> str | None:
        """The path behind the symbolic links that the same command made."""
        for link, target in self.links.items():
            if path is not None and path != link and is_inside(path, link):
                return os.path.normpath(target.rstrip("/") + path[len(link) :])
        return path

    def surely_exist(self, folders: frozenset[str]) -> bool:
        """Whether all are folders that can be entered, and no command before may have changed that."""
        if not all(os.path.isdir(folder) and os.access(folder, os.X_OK) for folder in folders):  # noqa: PTH112
            return False
        return not any(argv and program_name(argv[0]) in REMOVING and _may_name(argv, folders) for argv in self.log)

    def is_own_file(self, word: str, scope: Scope) -> bool:
        """Whether this session wrote, or links, one of the files that a word may name."""
        found = [path for path in self.resolve(word, scope) if path]
        return any(self.is_own(path) or path in self.fetched or path in self.links for path in found)

    def read_feed(self, target: str, scope: Scope) -> Feed:
        if target in self._pipes:
            return self._pipes[target]
        path, *others = self.resolve_files(target, scope)
        if path is None or path == "/dev/null":
            return Feed(text="" if path else None, path=target)
        matches = [each for each in others if each is not None and each != path] or [path]
        texts = {self.read_content(each)[1] for each in matches}
        sources = (("cat", path),) if PROGRAM.fullmatch(path) else ()
        return Feed(text=texts.pop(), path=target, sources=sources) if len(texts) == 1 else Feed()

    def name_pipe(self, feed: Feed) -> str:
        """The name under which a process substitution is handed to a command."""
        name = f"{PIPES}{len(self._pipes)}"
        self._pipes[name] = feed
        return name

    def find_pipe(self, word: str) -> Feed | None:
        return self._pipes.get(word)

    def capture(self, flow: Feed, redirects: tuple[Redirect, ...], scope: Scope) -> Feed:
        """What a statement prints after redirections; a file that took the output is remembered with its text."""
        taken = [each for each in redirects if each.writes and each.descriptor in ("", "1") and each.target[:1] != "&"]
        taken = [each for each in taken if not (each.operator == ">&" and each.target.isdigit())]
        for redirect in taken:
            self.remember(redirect.target, flow, scope, append=redirect.operator.endswith(">>"))
        return Feed(text="") if taken else flow

    def remember(self, target: str, flow: Feed, scope: Scope, *, append: bool = False) -> None:
        for path in self.resolve(target, scope):
            if path is None or path.startswith("/dev/"):
                continue
            if path not in self.wrote:
                self.files.make(path)
            exists, before = self.read_content(path) if append else (False, "")
            if append and not exists and is_inside(path, str(self.context.workspace)):
                before = ""
            text = None if flow.text is None or before is None else f"{before}{flow.text}"
            known = text is not None and (UNKNOWN not in text or bool(text.replace(UNKNOWN, "").strip()))
            self.write(path, text if known else None)
            copied = [word for argv in flow.sources for word in argv[1:] if PROGRAM.fullmatch(word)]
            if copied and not known:
                self.remember_program(path, copied[0])
            elif not known:
                sources = (*self._edits_before(flow.sources, scope), *flow.sources)
                self.drafts[path] = Draft(text=self.read_inherited(path), sources=sources)
            if any(os.path.basename(source[0]) in read_list("downloaders") for source in flow.sources if source):  # noqa: PTH119
                self.fetched.add(path)

    def _edits_before(self, sources: tuple[tuple[str, ...], ...], scope: Scope) -> tuple[tuple[str, ...], ...]:
        """The edits of files that these programs read: their text is in what is written now."""
        words = [word for argv in sources if self.drafts and len(argv) < WORDS_LIMIT for word in argv[1:]]
        read = {
            path for word in words for path in self.resolve(word, scope) if path is not None and path in self.drafts
        }
        return tuple(argv for path in sorted(read) for argv in self.drafts[path].sources if argv not in sources)

    def remember_program(self, path: str, program: str) -> None:
        """A file is a copy of a program, or a link to it: what runs it runs that program, under another name."""
        self.write(path, f'exec {shlex.quote(program)} "$@"\n')

    def refuse_pattern_as_program(self, text: str) -> None:
        """A program named by a file pattern, `/bin/r[m]`: which one it is only the file system tells."""
        if not self.lenient:
            raise Refused("unresolved.program", text)


REMOVING = frozenset(
    {"rm", "rmdir", "mv", "rename", "chmod", "chown", "git", "find", "rsync", "unlink", "trash", "rimraf", "umount"}
)
"""Programs after which a folder may be gone, or closed."""


def _may_name(argv: tuple[str, ...], folders: frozenset[str]) -> bool:
    """Whether a word of the command might name one of the folders, or one above them."""
    if argv[0] in {"git", "find", "rsync"}:
        return argv[1:2] not in WITHOUT_REMOVAL
    words = {word.rstrip("/").rpartition("/")[2] for word in argv[1:]}
    parts = {part for folder in folders for part in folder.split("/")}
    return not words.isdisjoint(parts | {"", ".", ".."}) or any(re.search(r"[*?\[\0]", word) for word in words)


_KEEPING = ("status", "log", "diff", "show", "add", "commit", "fetch", "branch", "rev-parse", "config", "init", "clone")
WITHOUT_REMOVAL = frozenset((word,) for word in _KEEPING)
"""Subcommands of git that remove no folder."""


def _join(folder: str, word: str) -> str | None:
    if UNKNOWN in folder or UNKNOWN in word:
        return None
    path = os.path.normpath(os.path.join(folder, word))  # noqa: PTH118 -- `..` is taken out by text, links are seen later
    return "/" + path.lstrip("/")
