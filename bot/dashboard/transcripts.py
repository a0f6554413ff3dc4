"""The transcript of an attempt, for a page and for a folder of files: out of the kept evidence, or of what runs.

What is shown is masked, then cut. A file that is missing or broken becomes a sentence.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup, escape

from bot.adapters.evidence import GATE_LOGS, EvidenceStore
from bot.adapters.masking import mask, mask_start
from bot.adapters.session_streams import find_live_streams, open_stream
from bot.core.references import IssueRef
from bot.core.session_steps import SessionStep, ShownSession, read_rulings, read_session
from bot.core.untrusted import one_line
from bot.dashboard.colours import colour_code, colour_diff, diff_of, looks_like_a_diff

_SHOWN = 4000  # characters of one text
_LONGEST_LINE = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownStep:
    """A step as a page shows it, masked. `given`, `result`: markup, empty for none; `number`: of its session."""

    number: int
    step: SessionStep
    text: str
    subject: str
    given: Markup
    result: Markup
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTranscript:
    """`trouble`: why nothing, or not all, can be shown."""

    name: str
    session: ShownSession
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptReader:
    """`data`: the data folder."""

    data: Path

    def read(self, issue: IssueRef, task_id: int, attempt: int) -> list[SessionTranscript]:
        """The sessions of an attempt in their order."""
        found = find_live_streams(self.data / "attempts", task_id, attempt)
        kept = EvidenceStore(self.data / "evidence").transcripts(issue, attempt)
        return [_read(name, path) for name, path in sorted((found | kept).items())]


def _read(name: str, path: Path) -> SessionTranscript:
    lines = _Lines(path)
    session = read_session(lines, read_rulings(_Lines(_gate_log_of(path))))
    return SessionTranscript(name=name, session=session, trouble=lines.trouble)


def _gate_log_of(transcript: Path) -> Path:
    return next((path for name in GATE_LOGS if (path := transcript.with_name(name)).exists()), transcript.parent / "-")


class _Lines:
    """The lines of a file as far as it can be read; afterwards `trouble` says what could not."""

    def __init__(self, path: Path) -> None:
        self.trouble = ""
        self._path = path

    def __iter__(self) -> Iterator[bytes]:
        path = self._path
        try:
            with open_stream(path) as file:
                while line := file.readline(_LONGEST_LINE):
                    yield line
        except (OSError, EOFError, zlib.error) as error:
            self.trouble = f"{path.name} cannot be read to its end ({type(error).__name__}). What follows is lost."


def matches(step: SessionStep, words: str) -> bool:
    """Whether a search finds the step."""
    wanted = words.casefold()
    texts = (step.text, step.tool, step.subject, step.result or "", *map(str, (step.given or {}).values()))
    return any(wanted in text.casefold() for text in texts)


def show_steps(steps: Sequence[tuple[int, SessionStep]]) -> list[ShownStep]:
    return [_show(number, step) for number, step in steps]


def _show(number: int, step: SessionStep) -> ShownStep:
    return ShownStep(
        number=number,
        step=replace(step, text="", given=None, result=None, subject="", ruling=step.ruling),
        text=_hide_secrets(step.text),
        subject=one_line(_hide_secrets(step.subject)),
        given=_show_given(step),
        result=_show_result(step),
        reason=_hide_secrets(step.ruling.reason) if step.ruling is not None else "",
    )


def _show_given(step: SessionStep) -> Markup:
    given = step.given or {}
    old, new, path = given.get("old_string"), given.get("new_string"), str(given.get("file_path", ""))
    if isinstance(old, str) and isinstance(new, str):
        return colour_diff(_hide_secrets(diff_of(old, new)))
    if isinstance(given.get("content"), str):
        return colour_code(_hide_secrets(given["content"]), Path(path).name)
    if isinstance(given.get("command"), str):
        return colour_code(_hide_secrets(given["command"]), "bash")
    if list(given.values()) == [step.subject]:
        return Markup()  # it is shown beside the tool already
    return colour_code(_hide_secrets(json.dumps(given, indent=1, ensure_ascii=False)), "json") if given else Markup()


def _show_result(step: SessionStep) -> Markup:
    shown = _hide_secrets(step.result or "")
    return colour_diff(shown) if looks_like_a_diff(shown) else escape(shown)


@lru_cache(maxsize=2000)
def _hide_secrets(text: str) -> str:
    """Sixty detectors take a millisecond for each thousand characters, and a page is often loaded again."""
    if len(text) <= _SHOWN:
        return mask(text)
    return f"{mask_start(text, _SHOWN)}\n… ({len(text) - _SHOWN:,} more characters)"
