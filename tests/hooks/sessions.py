"""A session played against the gate: what one call writes and fetches is known to the judgement of the next."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hooks.policy import Context, Ruling, judge

Case = tuple[list[str | tuple[str, dict[str, object]]], dict[str, str]]  # the calls, and files of the repository


def write(path: str, content: str) -> tuple[str, dict[str, object]]:
    """A call of the Write tool."""
    return "Write", {"file_path": path, "content": content}


def edit(path: str, old: str, new: str) -> tuple[str, dict[str, object]]:
    """A call of the Edit tool."""
    return "Edit", {"file_path": path, "old_string": old, "new_string": new}


class PlayedSession:
    """Calls one after the other; what is granted and written with a known text is on disk afterwards."""

    def __init__(self, context: Context, files: dict[str, str] | None = None) -> None:
        self.context = context
        for name, text in (files or {}).items():
            self._put(context.workspace / name, text)

    def call(self, call: str | tuple[str, dict[str, object]]) -> Ruling:
        tool, tool_input = ("Bash", {"command": call}) if isinstance(call, str) else call
        ruling = judge(tool, tool_input, self.context)
        if ruling.granted:
            self._remember(ruling)
        return ruling

    def play(self, *calls: str | tuple[str, dict[str, object]]) -> Ruling:
        """The ruling on the last call, or on the first one that is refused."""
        for call in calls:
            ruling = self.call(call)
            if not ruling.granted:
                break
        return ruling

    def _remember(self, ruling: Ruling) -> None:
        known = self.context
        self.context = replace(
            known,
            written={**known.written, **ruling.wrote},
            inherited={**ruling.inherited, **known.inherited},
            fetched=known.fetched.difference(ruling.wrote) | ruling.fetched,
            files=known.files.join(ruling.files),
        )
        for path, text in ruling.wrote.items():
            if text is not None and Path(path).is_relative_to(known.workspace):
                self._put(Path(path), text)

    def _put(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
