"""The conversations of sessions, kept so that a later session can continue one (`--resume`).

It is written from what the relay saw: the file that Claude Code itself keeps lies in a HOME that the session's code can
write. Of that HOME nothing is read but what the host has laid into it; no link is followed on the way.
"""

from __future__ import annotations

import json
import os
import re
import stat
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.core.admission import blocks_of
from bot.core.references import IssueRef
from bot.core.untrusted import as_dict, as_str, parse_object

_LARGEST = 64 << 20
_PROJECTS = (".claude", "projects")
_LONGEST_NAME = 200
_HASH = 1 << 32
_PRIVATE = 0o700
_REMINDER = "<system-reminder>"
_SESSION_ID = re.compile(r"[0-9a-f-]{36}")


@dataclass(frozen=True, slots=True)
class Conversations:
    """One for each issue, the last one that was cut short, below `folder`."""

    folder: Path

    def keep(self, issue: IssueRef, session_id: str, said: Iterable[Mapping[str, Any]] | None) -> bool:
        """Keep a session's conversation: `said` are its messages as the model was shown them. False if there is none
        to keep. Raises OSError where the host fails."""
        lines = [*_lines(session_id, said or ())]
        if not lines or not _SESSION_ID.fullmatch(session_id):
            return False
        place = self.place(issue)
        place.parent.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        place.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
        return True

    def put_back(self, issue: IssueRef, home: Path, session_id: str, workspace: Path) -> bool:
        """Lay the kept conversation into a HOME that has not been used yet, for a session that works in `workspace`.
        False if none is kept."""
        kept = self.place(issue)
        if not kept.is_file():
            return False
        target = home.joinpath(*_PROJECTS, _project(workspace), f"{session_id}.jsonl")
        target.parent.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        target.write_bytes(kept.read_bytes())
        return True

    def remove(self, issue: IssueRef) -> None:
        """Remove it: no later session continues it. Raises OSError where the host fails."""
        self.place(issue).unlink(missing_ok=True)

    def place(self, issue: IssueRef) -> Path:
        return self.folder / issue.repository / f"{issue.number}.jsonl"


def _project(workspace: Path) -> str:
    """The name of the folder in which Claude Code 2.1.330 keeps the conversations of a working folder."""
    path = str(workspace.resolve())
    name = re.sub(r"[^a-zA-Z0-9]", "-", path)
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}-{_hash(path)}"


def _hash(text: str) -> str:
    number = 0
    units = text.encode("utf-16-le")
    for low, high in zip(units[::2], units[1::2], strict=True):
        number = (number * 31 + low + 256 * high) % _HASH
    number = min(number, _HASH - number)
    digits = ""
    while number or not digits:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits


def laid_out(home: Path, session_id: str) -> tuple[dict[str, Any], ...]:
    """The messages of the conversation that lies in a HOME, of which nothing has run yet."""
    content = _read(home, f"{session_id}.jsonl") or b""
    lines = (parse_object(line) or {} for line in content.splitlines())
    return tuple(as_dict(line.get("message")) for line in lines if line.get("type") in ("user", "assistant"))


def _lines(session_id: str, said: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """The conversation in the form in which Claude Code 2.1.330 keeps one. Its own notes it adds anew."""
    parent: str | None = None
    for message in said:
        content = [*_select_kept(message)]
        if message.get("role") not in ("user", "assistant") or not content:
            continue
        line = {
            "parentUuid": parent,
            "isSidechain": False,
            "userType": "external",
            "sessionId": session_id,
            "type": message["role"],
            "message": _as_answer(content) if message["role"] == "assistant" else {"role": "user", "content": content},
            "uuid": str(uuid.uuid4()),
            "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
        parent = str(line["uuid"])
        yield line


def _select_kept(message: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for block in blocks_of(message):
        if not as_str(block.get("text")).startswith(_REMINDER):
            yield {key: value for key, value in block.items() if key != "cache_control"}


def _as_answer(content: list[dict[str, Any]]) -> dict[str, Any]:
    usage = {"input_tokens": 0, "output_tokens": 0}
    answer = {"id": f"msg_{uuid.uuid4().hex}", "type": "message", "role": "assistant", "model": "<earlier>"}
    return {**answer, "content": content, "stop_reason": None, "stop_sequence": None, "usage": usage}


def _read(home: Path, name: str) -> bytes | None:
    with ExitStack() as opened:
        try:
            projects = _folder(opened, str(home), None)
            for part in _PROJECTS:
                projects = _folder(opened, part, projects)
            names = os.listdir(projects)  # noqa: PTH208 - the descriptor's folder, which no path names safely
            found = [content for each in names for content in _file(each, name, projects)]
        except OSError:
            return None  # there is no such folder: there is no conversation to continue
    return found[0] if found else None


def _folder(opened: ExitStack, name: str, within: int | None) -> int:
    descriptor = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=within)
    opened.callback(os.close, descriptor)
    return descriptor


def _file(project: str, name: str, projects: int) -> Iterator[bytes]:
    with ExitStack() as opened:
        try:
            folder = _folder(opened, project, projects)
            file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
        except OSError:
            return  # another project's folder, or a link in its place
        opened.callback(os.close, file)
        status = os.fstat(file)
        if stat.S_ISREG(status.st_mode) and status.st_size <= _LARGEST:
            with os.fdopen(os.dup(file), "rb") as content:
                yield content.read(_LARGEST)
