"""What is said on a pull request once a revision of it has ended."""

from __future__ import annotations

from bot.core.failure_policy import policy
from bot.core.failures import FailureKind
from bot.core.messages.quoting import code, fence, quote_text, words

_SUMMARY, _LINE, _DETAIL = 4000, 500, 3000


def revised(commit: str, summary: str, *, threads: int) -> str:
    """`commit`: a link to it, empty if nothing changed. `threads`: how many have an answer in their place."""
    begins = f"**Nightshift** revised this: {commit}." if commit else "**Nightshift** changed nothing."
    answers = f" {threads} thread{'s' * (threads != 1)} on the code {'has' if threads == 1 else 'have'} an answer."
    said = quote_text(summary, _SUMMARY) or "> Claude left no summary."
    return f"{begins}{answers if threads else ''} What was done, in Claude's words:\n\n{said}"


def thread_answer(commit: str, text: str) -> str:
    """`text`: what the summary says of this thread, empty if nothing. People resolve the thread."""
    begins = f"**Nightshift**: see {commit}." if commit else "**Nightshift** changed nothing here."
    said = words(text, _LINE)
    return f"{begins} {said}" if said else f"{begins} The answer on the pull request says more."


def revision_failed(kind: FailureKind, detail: str) -> str:
    """Why the pull request is as it was."""
    rule = policy(kind)
    shown = (quote_text if policy(kind).in_claudes_words else fence)(detail, _DETAIL)
    parts = [
        f"**Nightshift** could not revise this, {code(kind.value)}. The pull request is as it was.",
        rule.sentence,
        shown,
        f"**Next** (a maintainer): {rule.next_step}. On this pull request, `/revise` tries again.",
    ]
    return "\n\n".join(part for part in parts if part)


def revision_stopped(why: str) -> str:
    """`why`: a clause, such as "the pull request is merged"."""
    return f"**Nightshift** stopped the revision: {words(why)}."
