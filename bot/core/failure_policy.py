"""What follows from each kind of failure: one table, which the queue, the messages and the next attempt read."""

from __future__ import annotations

from datetime import timedelta

from bot.core.failure_columns import Policy, Urgency
from bot.core.failures import FailureKind, Turn
from bot.core.pauses import Cause

_LOOK = "comment `/retry`; if that happens again, the operator of Nightshift reads its log"
_SPLIT = "comment `/retry`; if that happens again, split the issue"
_MINUTE = timedelta(minutes=1)
_POLICIES: dict[FailureKind, Policy] = {
    FailureKind.BRANCH_CONFLICT: Policy(
        turn=Turn.MAINTAINER,
        urgency=Urgency.WORK_TO_JUDGE,
        sentence="The issue's branch shares no history with the base branch, so Nightshift left it as it is.",
        next_step="rename the issue's branch, which keeps its commits, then comment `/retry`",
    ),
    FailureKind.BRANCH_MOVED: Policy(
        turn=Turn.NIGHTSHIFT,
        urgency=Urgency.TO_REPEAT,
        sentence="A person changed the issue's branch while Nightshift worked, so Nightshift left it as it is.",
        next_step="when no person works on that branch any more, comment `/retry`, which continues from its commits",
        retries=3,
    ),
    FailureKind.COMPLETION_SIGNAL_MISSING: Policy(
        turn=Turn.MAINTAINER,
        urgency=Urgency.ISSUE_TO_CHANGE,
        sentence="The session ended without reporting that it was finished, and left no commits.",
        next_step="say more exactly in the issue what should change, then comment `/retry`",
        retries=1,
    ),
    FailureKind.SESSION_TIMEOUT: Policy(
        turn=Turn.MAINTAINER,
        urgency=Urgency.WORK_TO_JUDGE,
        sentence="The session used up its number of turns (answers of Claude) before it was finished.",
        next_step="give it more turns than it had, such as `/retry turns=40`, or split the issue",
        keeps_work=True,
        shows_work=True,
    ),
    FailureKind.REPO_LOCKED: Policy(
        turn=Turn.NIGHTSHIFT,
        urgency=Urgency.TO_REPEAT,
        sentence="Another process kept Nightshift's copy of the repository locked for too long.",
        next_step=_LOOK,
        retries=5,
        wait=_MINUTE,
        may_pass=True,
    ),
    FailureKind.REPO_MISSING: Policy(
        turn=Turn.OPERATOR,
        urgency=Urgency.OTHERS_TOO,
        sentence="The repository is missing, archived or empty, or Nightshift has no access to it.",
        next_step="restore it, or the operator of Nightshift gives the bot access to it; then comment `/retry`",
    ),
    FailureKind.WALL_CLOCK_TIMEOUT: Policy(
        turn=Turn.MAINTAINER,
        urgency=Urgency.WORK_TO_JUDGE,
        sentence="The session used up its time in minutes and was stopped before it was finished.",
        next_step="split the issue, or have the operator of Nightshift raise SESSION_MINUTES; then comment `/retry`",
        keeps_work=True,
        shows_work=True,
    ),
    FailureKind.STALLED: Policy(
        turn=Turn.NIGHTSHIFT,
        urgency=Urgency.WORK_TO_JUDGE,
        sentence="The session produced no output for too long and was stopped.",
        next_step=_SPLIT,
        retries=1,
        keeps_work=True,
        shows_work=True,
    ),
    FailureKind.BUDGET_EXHAUSTED: Policy(
        turn=Turn.MAINTAINER,
        urgency=Urgency.WORK_TO_JUDGE,
        sentence="The session used up its budget of US dollars, or of memory or disk, before it was finished.",
        next_step="if it was US dollars, give it more than it had, such as `/retry budget=10`; else split the issue",
        keeps_work=True,
        shows_work=True,
    ),
    FailureKind.TASK_BLOCKED: Policy(
        turn=Turn.MAINTAINER,
        urgency=Urgency.WORK_TO_JUDGE,
        sentence="Claude reports that it cannot do this for now.",
        next_step="resolve what it names, then comment `/retry`",
        shows_work=True,
        in_claudes_words=True,
    ),
    FailureKind.NEEDS_INFO: Policy(
        turn=Turn.AUTHOR,
        urgency=Urgency.ISSUE_TO_CHANGE,
        sentence="Claude needs answers before it can do this.",
        next_step="answer the questions in a comment; a maintainer then comments `/retry`, or reacts to it with 👍",
        keeps_work=True,
        in_claudes_words=True,
        has_questions=True,
    ),
    FailureKind.VERIFICATION_FAILED: Policy(
        turn=Turn.MAINTAINER,
        urgency=Urgency.WORK_TO_JUDGE,
        sentence="This change makes checks fail that did not fail before.",
        next_step="look at the failing checks, say in a comment what to do differently, then comment `/retry`",
        shows_work=True,
    ),
    FailureKind.PROTECTED_PATH: Policy(
        turn=Turn.MAINTAINER,
        urgency=Urgency.RESULT_READY,
        sentence="The change touches files that only people may change, so it was not published.",
        next_step=(
            "apply the patch in the status comment by `git apply`; or reword the issue, or list the path under "
            "`flagged:` in `.github/nightshift.yml` (not workflows, actions, `.gitmodules` and that file itself), and "
            "comment `/retry`"
        ),
        attaches_patch=True,
    ),
    FailureKind.SECRET_DETECTED: Policy(
        turn=Turn.MAINTAINER,
        urgency=Urgency.SAFETY,
        sentence="The change contains what looks like a secret, so nothing was pushed.",
        next_step=(
            "revoke the secret if the issue holds it, delete it there, and comment `/retry`; after a false alarm, "
            "comment /allow with the fingerprint that the status comment shows"
        ),
    ),
    FailureKind.DIFF_TOO_LARGE: Policy(
        turn=Turn.MAINTAINER,
        urgency=Urgency.WORK_TO_JUDGE,
        sentence="The change is larger than the limits allow, so it was not published.",
        next_step="split the issue, or raise the `limits:` in `.github/nightshift.yml`; then comment `/retry`",
    ),
    FailureKind.GUARDS_UNPROVEN: Policy(
        turn=Turn.OPERATOR,
        urgency=Urgency.SAFETY,
        sentence="Nightshift could not prove that the gate and the sandbox held, so nothing was published.",
        next_step="the operator of Nightshift runs `nightshift doctor` and fixes what it finds; then comment `/retry`",
        shows_account_works=False,
    ),
    FailureKind.SETUP_FAILED: Policy(
        turn=Turn.OPERATOR,
        urgency=Urgency.OTHERS_TOO,
        sentence="Nightshift could not set up the workspace or the session.",
        next_step=(
            "the operator of Nightshift runs `nightshift doctor` and fixes what it finds; where the status comment "
            "names `.github/nightshift.yml`, a maintainer fixes that file; then comment `/retry`"
        ),
        retries=1,
        wait=_MINUTE,
        shows_account_works=False,
        keeps_publication=True,
        may_be_interruption=True,
    ),
    FailureKind.AGENT_CRASHED: Policy(
        turn=Turn.NIGHTSHIFT,
        urgency=Urgency.TO_REPEAT,
        sentence="The session ended with an unexpected error.",
        next_step=_LOOK,
        retries=1,
        wait=_MINUTE,
        shows_account_works=False,
        may_be_interruption=True,
    ),
    FailureKind.AUTH_FAILED: Policy(
        turn=Turn.OPERATOR,
        urgency=Urgency.OTHERS_TOO,
        sentence="Claude's API refused Nightshift's credential.",
        next_step="the operator of Nightshift renews the credential; then comment `/retry`",
        remedy="renewed it",
        retries=3,
        pauses=Cause.ACCOUNT,
        shows_account_works=False,
        keeps_work=True,
        only_by_api=True,
    ),
    FailureKind.CREDIT_EXHAUSTED: Policy(
        turn=Turn.OPERATOR,
        urgency=Urgency.OTHERS_TOO,
        sentence="The Claude account has no credit left.",
        next_step="the operator of Nightshift adds credit; then comment `/retry`",
        remedy="added some",
        retries=3,
        pauses=Cause.ACCOUNT,
        shows_account_works=False,
        keeps_work=True,
        only_by_api=True,
    ),
    FailureKind.USAGE_LIMIT: Policy(
        turn=Turn.NIGHTSHIFT,
        urgency=Urgency.TO_REPEAT,
        sentence="The Claude account has reached its usage limit.",
        next_step=_SPLIT,
        retries=3,
        wait=15 * _MINUTE,
        pauses=Cause.USAGE_LIMIT,
        shows_account_works=False,
        keeps_work=True,
        only_by_api=True,
    ),
    FailureKind.API_UNAVAILABLE: Policy(
        turn=Turn.NIGHTSHIFT,
        urgency=Urgency.TO_REPEAT,
        sentence="Claude's API could not be reached or kept failing.",
        next_step="once Claude's API works again, comment `/retry`",
        retries=10,
        wait=2 * _MINUTE,
        shows_account_works=False,
        keeps_work=True,
        only_by_api=True,
    ),
    FailureKind.GITHUB_UNAVAILABLE: Policy(
        turn=Turn.NIGHTSHIFT,
        urgency=Urgency.TO_REPEAT,
        sentence="GitHub could not be reached or kept failing.",
        next_step="once GitHub works again, comment `/retry`",
        retries=30,
        wait=_MINUTE,
        shows_account_works=False,
        keeps_publication=True,
        may_pass=True,
        is_handed_on=True,
    ),
    FailureKind.PROMPT_TOO_LONG: Policy(
        turn=Turn.AUTHOR,
        urgency=Urgency.ISSUE_TO_CHANGE,
        sentence="The issue, with what the session read for it, does not fit into the model's context.",
        next_step="shorten or split the issue; a maintainer then comments `/retry fresh`",
    ),
    FailureKind.PUSH_REJECTED: Policy(
        turn=Turn.MAINTAINER,
        urgency=Urgency.RESULT_READY,
        sentence="GitHub refused the push.",
        next_step="read GitHub's reason, fix the rule or the permission, then comment `/retry`: the result is kept",
        keeps_publication=True,
        refused_by_github=True,
    ),
    FailureKind.PULL_REQUEST_REJECTED: Policy(
        turn=Turn.MAINTAINER,
        urgency=Urgency.RESULT_READY,
        sentence="The branch was pushed, but GitHub refused the pull request.",
        next_step="read GitHub's reason, fix it, then comment `/retry`: the result is kept",
        keeps_publication=True,
        refused_by_github=True,
    ),
    FailureKind.DEPENDENCY_CYCLE: Policy(
        turn=Turn.AUTHOR,
        urgency=Urgency.ISSUE_TO_CHANGE,
        sentence="These issues block each other in a cycle.",
        next_step="remove a relation from an issue of the cycle, or a `blocked by` from its text (there a maintainer"
        " then comments `/retry`): the others go on by themselves",
    ),
    FailureKind.SNAPSHOT_STALE: Policy(
        turn=Turn.MAINTAINER,
        urgency=Urgency.ISSUE_TO_CHANGE,
        sentence="The issue changed after it was approved.",
        next_step="read it again, then comment `/retry` to approve what it says now",
    ),
    FailureKind.WORKER_LOST: Policy(
        turn=Turn.NIGHTSHIFT,
        urgency=Urgency.TO_REPEAT,
        sentence="The worker that ran this task stopped before the task ended.",
        next_step=_LOOK,
        retries=3,
        shows_account_works=False,
        keeps_work=True,
        keeps_publication=True,
        may_be_interruption=True,
        is_handed_on=True,
    ),
    FailureKind.CANCELLED: Policy(
        turn=Turn.MAINTAINER,
        urgency=Urgency.TO_REPEAT,
        sentence="The task was cancelled.",
        next_step="put the label back on, or comment `/retry`",
        by_a_person=True,
        keeps_work=True,
        is_handed_on=True,
    ),
}


def policy(kind: FailureKind) -> Policy:
    """Everything that follows from a failure of this kind."""
    return _POLICIES[kind]


def has_questions(kind: FailureKind | None) -> bool:
    """Whether what ended so, if it failed at all, waits for a person's answers."""
    return kind in WITH_QUESTIONS


WITH_QUESTIONS = frozenset(kind for kind in FailureKind if policy(kind).has_questions)
