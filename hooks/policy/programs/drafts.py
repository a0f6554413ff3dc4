"""Files that the same command edits and then runs: their new text is only known when it has run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hooks.policy.shell.values import UNKNOWN, program_name
from hooks.policy.tables import read_list

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.file_memory import Draft


INLINE_CODE = "(code)"
"""Stands as the program of an edit that code makes which a command runs."""


def judge_drafts(path: str, shell: Shell) -> str | None:
    """The words of the program that edits the file must not be commands that the gate refuses (`sed -i s/jest/…/`).
    Gives the text that was edited; None if what becomes of it cannot be told from these words."""
    draft = shell.memory.drafts.get(path)
    if draft is None or set(map(_is_editor, draft.sources)) != {True}:
        shell.refuse_unless_lenient("unresolved.code", path)
        return None
    if (now := ("draft", path)) in shell.memory.judged:
        return None  # a word that reads as if the file were run by itself
    shell.memory.judged.add(now)
    try:
        for word in (word for argv in draft.sources for word in argv[1:]):
            _judge_word(word, path, draft, shell)
    finally:
        shell.memory.judged.discard(now)
    return draft.text or _read_source(draft, shell)


def _read_source(draft: Draft, shell: Shell) -> str:
    """The text of the file that the editing program reads."""
    paths = [path for argv in draft.sources for word in argv[1:] for path in shell.resolve(word) if path]
    return next((text for path in paths if (text := shell.memory.read_content(path)[1]) is not None), "")


def _is_editor(argv: tuple[str, ...]) -> bool:
    """Programs whose output is what they read, changed as their words say; and `npm pkg set`."""
    if not argv or argv[0] == INLINE_CODE:
        return bool(argv)
    return program_name(argv[0]) in read_list("text_editors") or argv[1:3] == ("pkg", "set")


def _judge_word(word: str, path: str, draft: Draft, shell: Shell) -> None:
    """A file of the session's is a source that is not followed, nor is one that is not known;
    quotes and the signs of sed surround new text."""
    if not word.strip(UNKNOWN) or any(each != path and each in shell.memory.wrote for each in shell.resolve(word)):
        shell.refuse_unless_lenient("unresolved.code", draft.sources[-1])
    for piece in dict.fromkeys([*re.split(r"[\"'|=\n]", word), *re.split(r"[/#,\n]", word)]):
        if " " in piece.strip():
            shell.refuse_if_surely_code(piece.strip().lstrip("@-"))
