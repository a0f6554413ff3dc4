"""The values of a judgement: its context, its refusals, its ruling.

A ruling either grants a tool call or names the one rule that refuses it. Rules raise `Refused`;
only `judge` turns that into a ruling, so that no rule can go on after a refusal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from hooks.policy.additions import Additions

if TYPE_CHECKING:
    from pathlib import Path


def _nothing_written() -> Mapping[str, str | None]:
    return MappingProxyType({})


def _nothing_inherited() -> Mapping[str, str]:
    return MappingProxyType({})


class Refused(Exception):
    """One rule refuses the call; `subject` is the command, path or text that it found.

    `because` and `instead` replace what the rule says in general, where more is known.
    """

    def __init__(self, rule: str, subject: str = "", *, because: str = "", instead: str = "") -> None:
        super().__init__(rule)
        self.rule = rule
        self.subject = subject
        self.because = because
        self.instead = instead


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFiles:
    """What the session made, as absolute paths: it may delete that again.

    `made`: files and folders that were not there before. `moved_in`: places to which it moved something that it had not
    made. `links`: symbolic links in folders that the gate cannot read, with their targets. `named`: databases and
    images that it made, as `database t1`.
    """

    made: frozenset[str] = frozenset()
    moved_in: frozenset[str] = frozenset()
    links: tuple[tuple[str, str], ...] = ()
    named: frozenset[str] = frozenset()

    def join(self, later: SessionFiles) -> SessionFiles:
        """These files and those of a later call."""
        return SessionFiles(
            made=self.made | later.made,
            moved_in=self.moved_in | later.moved_in,
            links=tuple({**dict(self.links), **dict(later.links)}.items()),
            named=self.named | later.named,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a judgement may rest on besides the call itself.

    `workspace` and `home` are absolute. `control` is the folder that holds the gate's socket, `scratch` the folders
    that are the session's own to delete, `born_empty` those that held nothing when it began. `written` maps each file
    that the session wrote (absolute path) to its text, or to None where the text is not known; `inherited` to the text
    that it had before; `files` says which of them, and which folders, were not there before. `fetched` are files and
    folders whose content came from another machine. `real_paths` are the links followed so far; each judgement has its
    own, because links change.
    """

    workspace: Path
    home: Path
    control: Path | None = None
    scratch: tuple[Path, ...] = ()
    born_empty: tuple[Path, ...] = ()
    written: Mapping[str, str | None] = field(default_factory=_nothing_written)
    inherited: Mapping[str, str] = field(default_factory=_nothing_inherited)
    fetched: frozenset[str] = frozenset()
    files: SessionFiles = SessionFiles()
    additions: Additions = field(default_factory=Additions)
    real_paths: dict[str, str] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """The gate's answer: the rule by which it decided, why, and what to do instead of what was refused.

    `trace` is how the call was understood, one line for each simple command; `wrote`, `inherited`, `fetched` and
    `files` what a granted call will have written, replaced, fetched and made, for the judgements that follow.
    """

    granted: bool
    rule: str
    reason: str
    instead: str = ""
    subject: str = ""
    trace: tuple[str, ...] = ()
    wrote: Mapping[str, str | None] = field(default_factory=_nothing_written)
    inherited: Mapping[str, str] = field(default_factory=_nothing_inherited)
    fetched: frozenset[str] = frozenset()
    files: SessionFiles = SessionFiles()

    def sentence(self) -> str:
        """What the model reads: the rule's name, the reason, the finding, and the way on."""
        found = f" (here: {self.subject})" if self.subject else ""
        return f"{self.rule}: {self.reason}{found}. {self.instead}".strip()
