"""What a judgement knows of files: what the session wrote, what was there before, and what came from elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from hooks.policy.paths import follow_links, is_inside
from hooks.policy.ruling import Context
from hooks.policy.shell.files import read_text
from hooks.policy.shell.values import UNKNOWN, Feed


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A file whose text is only known when the command has run: the text that it had, and the commands that edit it."""

    text: str | None
    sources: tuple[tuple[str, ...], ...]


class FileMemory:
    """The files of one judgement, and those that the context knows from earlier calls."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.wrote: dict[str, str | None] = {}
        self.inherited: dict[str, str] = {}
        self.fetched: set[str] = set(context.fetched)
        self.drafts: dict[str, Draft] = {}
        self.judged: set[tuple[object, ...]] = set()
        self.unpacked: set[str] = set()
        self.script = ""
        self.links: dict[str, str] = dict(context.files.links)
        self._pipes: dict[str, Feed] = {}

    @contextmanager
    def within_script(self, path: str) -> Iterator[None]:
        """Within: the code of this file is judged, which may name itself; "" where the code is in no file."""
        before, self.script = self.script, path
        try:
            yield
        finally:
            self.script = before

    @contextmanager
    def judge_once(self, *key: object) -> Iterator[bool]:
        """Within: what the key names is being judged. Whether it was not already: a file that leads to a command that
        reads the same file would be judged without end."""
        fresh = key not in self.judged
        self.judged.add(key)
        try:
            yield fresh
        finally:
            if fresh:
                self.judged.discard(key)

    def read_content(self, path: str) -> tuple[bool, str | None]:
        """Whether a file was written in this session or can be read, and its text where that is known. The name of a
        process substitution, `<(…)`, stands for what that prints."""
        if (piped := self._pipes.get(path)) is not None:
            return True, piped.text
        path = self.behind_links(path)
        for memory in (self.wrote, self.context.written):
            for name in self._names_of(path):
                if name in memory and not (memory is self.context.written and os.path.isfile(path)):  # noqa: PTH113
                    return True, memory[name]
        if not is_inside(path, str(self.context.workspace)):
            return any(is_inside(path, str(folder)) for folder in self.context.born_empty), None
        text = read_text(path, str(self.context.workspace))
        if text is None:
            text = self.context.written.get(path)  # a program that this session copied there
        return os.path.isfile(path), text  # noqa: PTH113 -- hot path, plain strings

    def behind_links(self, path: str) -> str:
        """The file that is read under this path: links of this call, and those to which they lead, are followed."""
        for _ in self.links:
            if path not in self.links:
                break
            path = self.links[path]
        return path

    def _names_of(self, path: str) -> tuple[str, ...]:
        """The path, and the file behind the repository's links: what is written under one name runs under the other."""
        if not is_inside(path, str(self.context.workspace)) or UNKNOWN in path:
            return (path,)
        return tuple(dict.fromkeys((path, follow_links(path, self.context))))

    def is_own(self, path: str) -> bool:
        """Whether this session wrote the file, in this call or an earlier one."""
        path = self.behind_links(path)
        return any(name in self.wrote or name in self.context.written for name in self._names_of(path))

    def own_files(self) -> list[str]:
        """All files that this session wrote."""
        return sorted({*self.wrote, *self.context.written})

    def read_inherited(self, path: str) -> str:
        """The text that a file had before this session wrote it; "" if there was none."""
        path = self.behind_links(path)
        for memory in (self.context.inherited, self.inherited):
            for name in self._names_of(path):
                if name in memory:
                    return memory[name]
        return ""

    def is_fetched(self, path: str) -> bool:
        """Whether the file, or a folder that it is in, came from another machine and was not written since."""
        path = self.behind_links(path)
        if path in self.fetched:
            return True
        return not self.is_own(path) and any(is_inside(path, folder) for folder in self.fetched)

    def was_unpacked(self, path: str) -> bool:
        """Whether a file that is not known yet may come out of a downloaded archive that this call unpacks."""
        exists, text = self.read_content(path)
        unseen = not exists or (text is None and not is_inside(path, str(self.context.workspace)))
        return unseen and self.is_unpacked_into(path) and not self.is_own(path)

    def is_unpacked_into(self, path: str) -> bool:
        """Whether this call takes what another machine packed out into a folder above."""
        return any(is_inside(path, folder) for folder in self.unpacked)

    def write(self, path: str, text: str | None) -> None:
        """The call writes this file; what it held before is kept if it was the repository's."""
        if path in self.links:
            self._write_through_link(path)
        for name in self._names_of(path):
            if not self.is_own(name) and (before := read_text(name, str(self.context.workspace))) is not None:
                self.inherited[name] = before
        for name in self._names_of(path):
            self.wrote[name] = text
            self.fetched.discard(name)

    def _write_through_link(self, path: str) -> None:
        """Either the file behind the link is written, or a new one in the link's place: the former is not known now."""
        behind = self.behind_links(path)
        del self.links[path]
        if behind != path:
            self.write(behind, None)

    def edit(self, path: str, argv: tuple[str, ...]) -> None:
        """A program edits the file in place."""
        before, earlier = self.read_content(path)[1], self.drafts.get(path)
        if before is None and earlier is not None:
            self.drafts[path] = Draft(text=earlier.text, sources=(*earlier.sources, argv))
        else:
            self.drafts[path] = Draft(text=before, sources=(argv,))
        self.write(path, None)
