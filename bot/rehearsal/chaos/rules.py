"""What no night may show beside the ends of its issues: a secret that was repeated, an urgent issue that had to wait,
or a client that does not obey GitHub's limits."""

from __future__ import annotations

from collections.abc import Iterator

from bot.core.references import IssueRef
from bot.core.steps import Step
from bot.rehearsal.chaos.issues import SECRET
from bot.rehearsal.chaos.sessions import Sessions

_MOST_TOO_EARLY = 12  # requests that were on their way, and those of a bot that was restarted and cannot know


def broken_rules(night: Sessions) -> Iterator[str]:
    yield from _secrets(night)
    yield from _priorities(night)
    yield from _limits(night)


def _secrets(night: Sessions) -> Iterator[str]:
    """In nothing that the bot said, opened or pushed."""
    for repository in night.plan.scenario.repositories:
        github, name = night.place.github, repository.name
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
    opened = night.stage.opened
    if "low" not in opened or "high" not in opened:
        return
    known, low, high = (_first(night, opened[key], step) for key, step in _MOMENTS)
    if low is not None and known is not None and known < low and (high is None or low < high):
        yield f"{opened['low']} was begun while {opened['high']}, which is urgent, had to wait"


_MOMENTS = (("high", Step.COMMENT_SAID), ("low", Step.CLAIMED), ("high", Step.CLAIMED))


def _first(night: Sessions, issue: IssueRef, step: Step) -> float | None:
    times = night.times(issue, step)
    return min(times).timestamp() if times else None


def _limits(night: Sessions) -> Iterator[str]:
    early = night.place.github.world.limits.too_early
    if len(early) > _MOST_TOO_EARLY:
        yield f"{len(early)} requests were sent while GitHub had asked to wait, such as {early[-1]}"
