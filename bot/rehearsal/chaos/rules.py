"""What no night may show beside the ends of its issues: a secret that was repeated, an urgent issue that had to wait,
a `/cancel` without effect, or a client that does not obey GitHub's limits."""

from __future__ import annotations

import json
from collections.abc import Iterator

from bot.core.checkpoints import Checkpoint
from bot.core.references import IssueRef
from bot.rehearsal.chaos.issues import SECRET
from bot.rehearsal.chaos.sessions import Sessions
from bot.rehearsal.github.records import Delivery

_MOST_TOO_EARLY = 12  # requests that were on their way, of each worker, and an App's own for its tokens


def broken_rules(night: Sessions) -> Iterator[str]:
    yield from _secrets(night)
    yield from _priorities(night)
    yield from _cancels(night)
    yield from _limits(night)


def _secrets(night: Sessions) -> Iterator[str]:
    """It is in no comment, no pull request and no branch."""
    for repository in night.plan.scenario.repositories:
        github, name = night.environment.github, repository.name
        shown = [issue.number for issue in (*github.issues(name), *github.pull_requests(name))]
        said = [comment.body for number in shown for comment in github.comments(name, number)]
        said += [pull.body or "" for pull in github.pull_requests(name)]
        if any(SECRET in text for text in said):
            yield f"the bot repeated a secret in {name}"
        for branch in github.branches(name):
            if any(SECRET.encode() in content for content in github.files(name, branch).values()):
                yield f"the branch {branch} of {name} holds a secret"


def _priorities(night: Sessions) -> Iterator[str]:
    """An issue that can wait is not begun while an urgent one is known and waits."""
    opened = night.player.opened
    if "low" not in opened or "high" not in opened:
        return
    known, low, high = (_first(night, opened[key], step) for key, step in _MOMENTS)
    if low is not None and known is not None and known < low and (high is None or low < high):
        yield f"{opened['low']} was begun while {opened['high']}, which is urgent, had to wait"


_MOMENTS = (("high", Checkpoint.COMMENT_POSTED), ("low", Checkpoint.CLAIMED), ("high", Checkpoint.CLAIMED))


def _first(night: Sessions, issue: IssueRef, step: Checkpoint) -> float | None:
    times = night.times(issue, step)
    return min(times).timestamp() if times else None


def _cancels(night: Sessions) -> Iterator[str]:
    """A `/cancel` that was decided on before the result of a session was on record stops the publication."""
    issue = night.player.opened.get("cancelled")
    if issue is None:
        return
    seen = {delivery.guid for delivery in night.environment.github.deliveries if _is_cancel(delivery, issue)}
    decided = [at for guid in seen for at in night.times(guid, Checkpoint.DELIVERY_DECIDED)]
    noted = night.times(issue, Checkpoint.PUSH_NOTED)
    if decided and noted and min(decided) < min(noted):
        yield f"{issue} was cancelled, and what a session made of it was published"


def _is_cancel(delivery: Delivery, issue: IssueRef) -> bool:
    if (delivery.event, delivery.action, delivery.repository) != ("issue_comment", "created", issue.repository):
        return False
    payload = json.loads(delivery.body)
    return bool(payload["issue"]["number"] == issue.number and payload["comment"]["body"] == "/cancel")


def _limits(night: Sessions) -> Iterator[str]:
    early = night.environment.github.world.limits.too_early
    if len(early) > _MOST_TOO_EARLY:
        yield f"{len(early)} requests were sent while GitHub had asked to wait, such as {early[-1]}"
