"""Collects what the pull request of an attempt shows."""

from __future__ import annotations

from dataclasses import replace

from bot.adapters.masking import masked
from bot.core import messages
from bot.core.messages import PullRequestView
from bot.steps.preparation import Preparation
from bot.steps.publication import Publication
from bot.steps.run import Run
from bot.steps.session_series import Accepted


def describe(run: Run, prepared: Preparation, accepted: Accepted, *, seconds: float, sandboxed: bool) -> Publication:
    """`seconds`: how long the attempt has taken so far."""
    sessions = run.sessions
    view = PullRequestView(
        task=run.task,
        attempt=replace(run.attempt, seconds=seconds, summary=_story(run, prepared)),
        template=prepared.template,
        leftovers=accepted.work.leftovers,
        verdict=accepted.verdict,
        sandboxed=sandboxed,
        gate_logs=tuple(session.seal.head for session in sessions),
        relay_records=tuple(session.relay_seal.head for session in sessions),
        refused_hosts=tuple(dict.fromkeys(masked(host) for session in sessions for host in session.refused_hosts)),
        commands_run=sum(len(session.result.commands) for session in sessions),
    )
    return Publication(
        head=accepted.work.head,
        replaces=prepared.held.head,
        base=prepared.base.branch,
        title=messages.pull_request_title(run.task),
        body=messages.pull_request_body(view),
        summary=run.attempt.summary,
    )


def _story(run: Run, prepared: Preparation) -> str:
    """A revision adds to what was said of the change before."""
    before = [text for text in prepared.earlier if text.strip()] if prepared.review is not None else []
    said = [*before, run.attempt.summary]
    return "\n\n".join([said[0], *(f"Revised: {text}" for text in said[1:])])
