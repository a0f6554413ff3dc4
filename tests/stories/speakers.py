"""People with every role, and the issues and pull requests on which each of them says one thing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.references import IssueRef
from bot.core.tasks import State
from bot.rehearsal.documented import branch_of
from bot.rehearsal.github.reviews import OnLine
from tests.stories.ledgers import A_MINUTE, QUIET, REPOSITORY, Bot, Scene

APPROVED = "The approved text."
WRITER, STRANGER, AUTHOR, AUTOMATON, ITSELF = "ada", "sam", "mallory", "helpful[bot]", "bot"
FORMER = "fay"  # had write permission once
ROLES = {
    **{"rhea": "read", "tri": "triage", "wim": "write", WRITER: "maintain", "adele": "admin"},
    **{AUTOMATON: "write", ITSELF: "write", FORMER: "none"},
}
WRITERS = ("wim", WRITER, "adele")
WHO = (STRANGER, AUTHOR, *ROLES)


@dataclass(frozen=True)
class Case:
    """One person says one thing about an issue that somebody who may not write opened and a maintainer approved."""

    who: str
    what: str
    issue: IssueRef
    pull: int

    def __str__(self) -> str:
        return f"{self.who}: {self.what}"


def in_review(scene: Scene, bots: list[Bot], said: Sequence[tuple[str, str]]) -> list[Case]:
    """For each (who, what) an issue and its pull request, all of them at once: a look of the bots is what costs."""
    github, since = scene.github, len(scene.deliveries())
    issues = [IssueRef(REPOSITORY, open_approved(scene)) for _ in said]
    learn(scene, bots, since)
    since = len(scene.deliveries())
    cases = []
    for (who, what), issue in zip(said, issues, strict=True):
        github.push_commit(REPOSITORY, branch_of(issue.number), {f"{issue.number}.txt": "x\n"}, by=ITSELF)
        body = f"<!-- nightshift:pull-request {issue} -->"
        pull = github.open_pull_request(REPOSITORY, title="Tell", body=body, head=branch_of(issue.number), by=ITSELF)
        for bot in bots:
            bot.ended(issue, State.IN_REVIEW, pull.number)
        cases.append(Case(who, what, issue, pull.number))
    learn(scene, bots, since)
    return cases


def open_approved(scene: Scene) -> int:
    number = scene.github.open_issue(REPOSITORY, title="Tell", body=APPROVED, author=AUTHOR).number
    scene.github.label_issue(REPOSITORY, number, "auto", by=WRITER)
    return number


def learn(scene: Scene, bots: list[Bot], since: int) -> None:
    """The first bot receives the deliveries, the second one polls."""
    scene.clock.now += A_MINUTE
    for delivery in scene.deliveries(since):
        bots[0].hear(delivery)
    scene.clock.now += QUIET
    bots[1].look()


def say(scene: Scene, issue: IssueRef, pull: int, *, who: str, where: str, text: str) -> None:
    github = scene.github
    on_line = OnLine(path=f"{issue.number}.txt", line=1, body=text)
    match where:
        case "issue comment":
            github.comment(REPOSITORY, issue.number, text, by=who)
        case "pull request comment":
            github.comment(REPOSITORY, pull, text, by=who)
        case "edited comment":
            last = [each for each in github.comments(REPOSITORY, pull) if each.author == who][-1]
            github.edit_comment(REPOSITORY, last.id, text, by=who)
        case "reaction":
            github.react(REPOSITORY, github.comment(REPOSITORY, pull, text, by=AUTHOR).id, by=who)
        case "commit message":
            github.push_commit(REPOSITORY, branch_of(issue.number), {"b.txt": "b\n"}, message=text, by=who)
        case "review":
            github.review(REPOSITORY, pull, body=text, by=who)
        case "request for changes":
            github.review(REPOSITORY, pull, event="REQUEST_CHANGES", body=text, comments=[on_line], by=who)
        case "thread":
            github.comment_on_line(REPOSITORY, pull, f"{issue.number}.txt", 1, text, by=who)
        case _:
            first = github.comment_on_line(REPOSITORY, pull, f"{issue.number}.txt", 1, "Why?", by=AUTHOR)
            github.reply_to_review_comment(REPOSITORY, first.id, text, by=who)


def open_by(scene: Scene, author: str, *, labels: tuple[str, ...] = ()) -> IssueRef:
    made = scene.github.open_issue(REPOSITORY, title="Tell", body=APPROVED, author=author, labels=labels)
    return IssueRef(REPOSITORY, made.number)
