"""What a rule may ask of the shell, and the only ways in which it refuses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NoReturn

from hooks.policy.ruling import Context, Refused
from hooks.policy.shell.syntax import NotUnderstood
from hooks.policy.shell.values import NO_FEED, PLACEHOLDER, UNKNOWN, Command, Feed
from hooks.policy.shell.work import TooMuch

if TYPE_CHECKING:
    from hooks.policy.shell.memory import Memory
    from hooks.policy.shell.scope import Scope
    from hooks.policy.shell.walker import Walker

FOUND_IN_ORDINARY_PROSE = ("system.", "secrets.environment", "unresolved.", "remote.package", "deploy.request")
"""Findings that ordinary sentences give too (`reboot the box`): they do not count in text that may be no code."""
CERTAIN_IN_TESTS = ("remote.package",)
"""Findings that count in a test that this session wrote, although it is read leniently."""

READ_DIFFERENTLY = re.compile(r"\$['\"]|\{[^{}\n]*(?:,|\.\.)|\(\(|\\[0-9xuUeE]")
"""What bash reads in one way and a plain POSIX shell in another: `$'…'`, `{a,b}`, `((…))`, escapes of echo."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """The shell as rules see it: its state, and how to judge commands inside commands."""

    walker: Walker
    scope: Scope

    @property
    def memory(self) -> Memory:
        return self.walker.memory

    @property
    def context(self) -> Context:
        return self.memory.context

    def refuse(self, rule: str, subject: object = "", *, because: str = "", instead: str = "") -> NoReturn:
        """Refuse the call by this rule."""
        raise Refused(rule, _describe(subject), because=because, instead=instead)

    def refuse_unless_lenient(self, rule: str, subject: object = "") -> None:
        """Refuse what is unknown, except in files that belong to the repository."""
        if not self.memory.lenient or (rule in CERTAIN_IN_TESTS and not self.memory.judges_repository):
            raise Refused(rule, _describe(subject))

    def check_repository_refusals(self, argv: tuple[str, ...]) -> None:
        """Refuse a command that the repository itself refuses."""
        for refusal in self.context.additions.refusals:
            if refusal.covers(argv):
                raise Refused("repository", refusal.sentence())

    def check_refused_file(self, path: str | None, words: tuple[str, ...]) -> None:
        """Refuse to run a script that the repository refuses, however it is named and fed to its interpreter."""
        for refusal in self.context.additions.refusals if path is not None else ():
            if refusal.covers_file(path or "", str(self.context.workspace), words):
                raise Refused("repository", refusal.sentence())

    def check_refused_text(self, code: str) -> None:
        """Refuse code that has the text of such a script in it: `bash -c "$(cat lab.sh)"`."""
        for refusal in self.context.additions.refusals:
            script = refusal.find_script(str(self.context.workspace))
            text = (self.memory.read_content(script)[1] or "").strip() if script else ""
            if text and re.search(rf"(?<![\w-]){re.escape(text)}(?![\w-])", code):
                raise Refused("repository", refusal.sentence())

    def judge_argv(self, argv: Iterable[str], feed: Feed = NO_FEED, **more: object) -> Feed:
        """Judge a command that another one runs."""
        words = tuple(argv)
        if not words:
            return Feed(text="")
        return self.walker.execute(Command(argv=words, feed=feed, **more), self.scope)  # type: ignore[arg-type]

    def judge_text(
        self,
        text: str,
        feed: Feed = NO_FEED,
        *,
        positional: tuple[str, ...] | None = None,
        zero: str = "bash",
        source: str = "",
        program: str = "",
    ) -> Feed:
        """Judge shell code that a command runs; parts that are not known stay not known.

        A separate shell (`program`) has only the variables and functions that were exported. Which one `sh` is differs
        from machine to machine: it is read in both ways.
        """
        inside = self.scope.copy()
        if program:
            inside.is_bash = True
            inside.keep_exported(everything=_exports_all(self.memory))
        inside.feed = feed
        inside.positional = positional
        inside.variables["0"] = (zero,)
        inside.arrays["BASH_SOURCE"] = (source or UNKNOWN,)
        text = text.replace(UNKNOWN, PLACEHOLDER)
        if not program or program == "bash" or not READ_DIFFERENTLY.search(text):
            return self.walker.walk_text(text, inside)
        return self._judge_both_ways(text, inside)

    def _judge_both_ways(self, text: str, inside: Scope) -> Feed:
        """Judge code as bash reads it, and as a plain shell does; what it prints is known if both print the same."""
        other = inside.copy()
        other.is_bash = False
        flow, second = self.walker.walk_text(text, inside), self.walker.walk_text(text, other)
        return flow if flow.text == second.text else replace(flow, text=None)

    def as_task(self, folders: frozenset[str]) -> Shell:
        """The shell in which a task of a file runs: in its folder, with a fresh state but for variables."""
        scope = self.scope.copy()
        scope.calls = (*scope.calls, "task")
        scope.folders = folders
        return Shell(walker=self.walker, scope=scope)

    def judge_here(self, text: str, positional: tuple[str, ...] | None = None, source: str = "") -> Feed:
        """Judge shell code of the file `source` that runs in this shell itself, and changes its state."""
        before, sourced = self.scope.positional, self.scope.arrays.get("BASH_SOURCE", (UNKNOWN,))
        self.scope.positional = positional or before
        self.scope.arrays["BASH_SOURCE"] = (source or UNKNOWN,)
        flow = self.walker.walk_text(text.replace(UNKNOWN, PLACEHOLDER), self.scope)
        self.scope.arrays["BASH_SOURCE"] = sourced
        if positional:
            self.scope.positional = before
        return flow

    def with_variable(self, name: str, value: str) -> Shell:
        """The same shell with a variable in the environment of what it runs."""
        scope = self.scope.copy()
        scope.arrays.pop(name, None)
        scope.put(name, (value,))
        scope.prefixed |= {name}
        return replace(self, scope=scope)

    def refuse_if_surely_code(self, text: str) -> None:
        """Judge text that might be shell code; refuse only for a certain finding."""
        with self.memory.as_repository_code():
            try:
                self.judge_text(text)
            except TooMuch:
                raise
            except NotUnderstood:
                return
            except Refused as refused:
                if refused.rule.startswith(FOUND_IN_ORDINARY_PROSE):
                    return
                raise

    def lookup(self, name: str) -> str:
        """The value of a variable; UNKNOWN if it is not set as far as is known."""
        value = self.walker.expansion(self.scope).lookup(name)
        return UNKNOWN if value is None else value

    def resolve(self, word: str) -> tuple[str | None, ...]:
        """The absolute paths that a word may name; None for what is unknown."""
        return self.memory.resolve(word, self.scope)


def _exports_all(memory: Memory) -> bool:
    """Whether `set -a` may have exported all variables."""
    return any(argv[:1] == ("set",) and any(re.match(r"-\w*a|allexport", word) for word in argv) for argv in memory.log)


def _describe(subject: object) -> str:
    words = subject if isinstance(subject, str) else " ".join(map(str, subject)) if isinstance(subject, tuple) else ""
    return words.replace(UNKNOWN, "…")[:200]
