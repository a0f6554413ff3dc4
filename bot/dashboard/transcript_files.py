"""A night's transcripts as a folder of files that opens without a server, made of the templates of the pages."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader

from bot.adapters.store import Store
from bot.adapters.store.overview import Readable
from bot.core.references import IssueRef
from bot.core.session_steps import SessionStep
from bot.core.task_history import attempt_words, span
from bot.core.tasks import Attempt, Task
from bot.core.untrusted import one_line
from bot.dashboard.transcripts import SessionTranscript, TranscriptReader, show_steps

MOST_ATTEMPTS = 200
"""Of one folder: the last ones to end."""
_STYLE = Path(__file__).parent / "static" / "dashboard.css"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAttempt:
    """`file`: the name of its page."""

    task: Task
    attempt: Attempt
    file: str


def write_folder(store: Store, data: Path, folder: Path, since: datetime, until: datetime) -> int:
    """Returns the number of attempts. Raises OSError."""
    found = find_ended(store, since, until, None)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in make_files(data, found, since):
        (folder / name).write_text(content, encoding="utf-8")
    return len(found)


def make_zip(data: Path, found: list[KeptAttempt], since: datetime) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in make_files(data, found, since):
            archive.writestr(f"transcripts/{name}", content)
    return packed.getvalue()


def find_ended(store: Store, since: datetime, until: datetime, readable: Readable) -> list[KeptAttempt]:
    """The attempts that ended in this time, the last one first."""
    with store.read() as ledger:
        ended = ledger.attempts.ended_between(since, until)[::-1][:MOST_ATTEMPTS]
        tasks = {task.id: task for task in ledger.tasks.by_ids({each.task_id for each in ended})}
    of_tasks = [(tasks[each.task_id], each) for each in ended if each.task_id in tasks]
    return [
        KeptAttempt(task=task, attempt=each, file=_file_name(task.issue, each.number))
        for task, each in of_tasks
        if readable is None or task.issue.repository in readable
    ]


def make_files(data: Path, found: list[KeptAttempt], since: datetime) -> Iterator[tuple[str, str]]:
    """Name and text of each file; the first one lists the others."""
    templates, reader = _templates(), TranscriptReader(data=data)
    yield "dashboard.css", _STYLE.read_text(encoding="utf-8")
    shown = {"found": found, "since": since, "attempt_words": attempt_words, "one_line": one_line}
    yield "index.html", templates.get_template("files/index.html").render(shown)
    for each in found:
        sessions = reader.read(each.task.issue, each.task.id, each.attempt.number)
        parts = [(session.name, show_steps(_number(session))) for session in sessions]
        about = {"kept": each, "parts": parts, "sessions": sessions, "attempt_words": attempt_words, "span": span}
        yield each.file, templates.get_template("files/attempt.html").render(about)


def _number(session: SessionTranscript) -> list[tuple[int, SessionStep]]:
    return list(enumerate(session.session.steps, 1))


def _file_name(issue: IssueRef, attempt: int) -> str:
    return f"{issue.repository.replace('/', '-')}-{issue.number}-attempt-{attempt}.html"


@cache
def _templates() -> Environment:
    return Environment(loader=PackageLoader("bot.dashboard"), autoescape=True)
