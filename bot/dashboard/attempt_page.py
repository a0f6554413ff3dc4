"""One attempt: how it went, whether its evidence holds, and its transcript as a conversation."""

from __future__ import annotations

from flask import Response, abort, request

from bot.adapters.evidence import EvidenceStore, NoEvidence, Verified
from bot.core.references import IssueRef
from bot.core.session_steps import SessionStep
from bot.dashboard.paging import ListPart, page_number
from bot.dashboard.sources import Page, Sources
from bot.dashboard.transcript_files import find_ended, make_zip
from bot.dashboard.transcripts import SessionTranscript, TranscriptReader, matches, show_steps
from bot.dashboard.viewer import Viewer
from bot.steps.digest_reading import night_of
from bot.task_history import find_task

_STEPS = 60  # of a page
_LONGEST_SEARCH = 200


def show_attempt(sources: Sources, viewer: Viewer, issue: IssueRef, attempt: int) -> Page:
    task = find_task(sources.store, issue) if viewer.may_read(issue.repository) else None
    if task is None:
        abort(404)
    with sources.store.read() as ledger:
        found = next((each for each in ledger.attempts.of(task.id) if each.number == attempt), None)
        live = ledger.overview.live().get(task.id)
        results = ledger.check_results.of(task.id).get(attempt, ())
    if found is None:
        abort(404)
    sessions = TranscriptReader(data=sources.data).read(task.issue, task.id, attempt)
    words, page = request.args.get("q", "")[:_LONGEST_SEARCH].strip(), page_number("page")
    steps = [pair for pair in _number_steps(sessions) if not words or matches(pair[2], words)]
    part = ListPart(
        rows=steps[page * _STEPS : (page + 1) * _STEPS],
        parameter="page",
        number=page,
        has_more=len(steps) > (page + 1) * _STEPS,
    )
    shown = {
        "task": task,
        "attempt": found,
        "live": live if live is not None and live.number == attempt and found.finished_at is None else None,
        "results": results,
        "sessions": sessions,
        "parts": [
            (name, show_steps([(at, step) for session, at, step in part.rows if session == name]))
            for name in dict.fromkeys(session for session, _, _ in part.rows)
        ],
        "words": words,
        "count": len(steps),
        "part": part,
        "evidence": _verify(sources, task.issue, attempt) if "verify" in request.args else None,
        "is_kept": attempt in EvidenceStore(sources.data / "evidence").attempts(task.issue),
    }
    return Page(template="attempt.html", shown=shown)


def pack_transcripts(sources: Sources, viewer: Viewer) -> Response:
    """Those of the night that began last, as far as the viewer may read them."""
    night = night_of(sources.queue.window, sources.clock())
    found = find_ended(sources.store, night.begins, night.next_begins, viewer.reads)
    packed = make_zip(sources.data, found, night.begins)
    headers = {"Content-Disposition": f'attachment; filename="transcripts-{night.begins:%Y-%m-%d}.zip"'}
    return Response(packed, mimetype="application/zip", headers=headers)


def _number_steps(sessions: list[SessionTranscript]) -> list[tuple[str, int, SessionStep]]:
    return [(each.name, at, step) for each in sessions for at, step in enumerate(each.session.steps, 1)]


def _verify(sources: Sources, issue: IssueRef, attempt: int) -> list[Verified] | str:
    """Only when asked for: it reads all that was kept."""
    try:
        return EvidenceStore(sources.data / "evidence").verify(issue, attempt)
    except NoEvidence:
        return "There is no evidence of this attempt any more."
