"""The columns of the table of failures, which is in `bot.core.failure_policy`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum

from bot.core.failures import Turn
from bot.core.pauses import Cause


class Urgency(IntEnum):
    """What a person does first of several failures: what may cost more the longer it waits, then what one step turns
    into a pull request, then what takes thought."""

    SAFETY = 1  # the guards may not hold, or a secret may be public
    OTHERS_TOO = 2  # every further task fails as well until it is fixed
    RESULT_READY = 3  # the change is complete, and waits for a permission, a rule or a person's hand
    WORK_TO_JUDGE = 4  # there is work or an explanation to look at, and a decision to make
    ISSUE_TO_CHANGE = 5  # the issue has to say something else
    TO_REPEAT = 6  # `/retry` may be enough


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Everything that follows from a kind of failure.
    For people: `turn` says who acts next, `sentence` what happened, `next_step` what to do, in one line, and
    `urgency` which of several failures comes first. For the queue: `retries` counts the automatic retries after
    this kind, and `wait` is the time before the first of them. With `pauses`, the whole queue waits for that cause,
    and `retries` counts only those ends that are the task's own fault (`bot.core.holding_back`).
    `shows_account_works`: Claude's account served the session. For the next attempt: `keeps_work`: it resumes
    commits and conversation of a proven session. `keeps_publication`: it finishes the push and the pull request
    that had begun. `may_be_interruption`: a shutdown fails so, too: no retry is counted. `shows_work`: once the
    task has failed so for good, a draft pull request shows its commits; after other kinds there are none, or they
    may not be published, or Nightshift goes on from them by itself. `in_claudes_words`: the detail is what Claude
    said, and no evidence of a program. `has_questions`: it ended with questions, and waits for their answers.
    `attaches_patch`: a person applies the patch, so the status comment holds it. `by_a_person`: a person ended it,
    and nothing went wrong. `only_by_api`: it counts only where the relay saw the API answer so.
    `refused_by_github`: the result is complete, and GitHub did not take it. `may_pass`: the same step may succeed
    soon. `is_handed_on`: if the publication of unfinished work ends so, another attempt has it. `remedy`: the
    operator's, for a queue that waits."""

    turn: Turn
    sentence: str
    next_step: str
    urgency: Urgency
    retries: int = 0
    wait: timedelta = timedelta()
    pauses: Cause | None = None
    shows_account_works: bool = True
    keeps_work: bool = False
    keeps_publication: bool = False
    may_be_interruption: bool = False
    shows_work: bool = False
    in_claudes_words: bool = False
    has_questions: bool = False
    attaches_patch: bool = False
    by_a_person: bool = False
    only_by_api: bool = False
    refused_by_github: bool = False
    may_pass: bool = False
    is_handed_on: bool = False
    remedy: str = ""
