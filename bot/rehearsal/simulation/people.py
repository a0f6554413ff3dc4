"""What people do in one simulation, drawn from its seed: they label, edit, comment, close and merge at any moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from bot.rehearsal.github.records import Issue, PullRequest, Role
from bot.rehearsal.github.world import Refused
from bot.rehearsal.simulation.attempts import BOT
from bot.rehearsal.simulation.hub import Hub
from bot.rehearsal.simulation.scheduler import Scheduler
from bot.rehearsal.simulation.services import REPOSITORIES

MAINTAINER, TRIAGER, STRANGER = "mona", "theo", "eve"
ROLES = {MAINTAINER: Role.WRITE, TRIAGER: Role.TRIAGE, STRANGER: Role.READ, BOT: Role.WRITE}
LABEL = "auto"
_LABELLED_AT_ONCE, _BLOCKED = 0.8, 0.3


@dataclass(slots=True, kw_only=True)
class People:
    """`approved`: how often a person who may write asked for work on an issue, whatever came of it. `foreign`: what a
    stranger wrote into each issue, with how often it had been asked for before. `stopped`: when a person last stopped
    it, unless it was asked for since; `called_off`: was stopped since a label asked for it, so that
    `/retry` may find no task; `acts_on`: how often anyone did anything about it."""

    hub: Hub
    scheduler: Scheduler
    draw: Random
    acts: int
    approved: dict[tuple[str, int], int] = field(default_factory=dict)
    foreign: dict[tuple[str, int], list[tuple[int, str]]] = field(default_factory=dict)
    stopped: dict[tuple[str, int], float] = field(default_factory=dict)
    called_off: set[tuple[str, int]] = field(default_factory=set)
    acts_on: dict[tuple[str, int], int] = field(default_factory=dict)

    def act_all(self) -> None:
        for _ in range(self.draw.randint(1, 3)):
            self.scheduler.say(self._open())
        for _ in range(self.acts):
            self.scheduler.sleep(self.draw.choice((1.0, 10.0, 60.0, 240.0)) * self.draw.random())
            self._act()

    def _act(self) -> None:
        """One act that is possible now; what GitHub refuses did not happen."""
        kinds: tuple[tuple[Callable[[], str], int], ...] = (
            (self._open, 2),
            (self._label, 6),
            (self._unlabel, 2),
            (self._edit, 3),
            (self._retry, 4),
            (self._cancel, 2),
            (self._say_as_stranger, 2),
            (self._close, 2),
            (self._reopen, 2),
            (self._merge, 3),
            (self._close_pull, 2),
            (self._reopen_pull, 2),
            (self._push, 1),
            (self._delete_branch, 1),
        )
        act = self.draw.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])[0]
        try:
            said = act()
        except Refused as refused:
            said = f"{act.__name__}: refused: {refused.message}"
        if said:
            self.scheduler.say(said)

    # -- acts; "" is none

    def _open(self) -> str:
        repository, author = self.draw.choice(REPOSITORIES), self.draw.choice((MAINTAINER, MAINTAINER, STRANGER))
        body = "Make it better."
        others = self._issues(repository)
        if others and self.draw.random() < _BLOCKED:
            body += f"\n\nblocked by #{self.draw.choice(others).number}"
        labelled = author == MAINTAINER and self.draw.random() < _LABELLED_AT_ONCE
        labels = (LABEL,) if labelled else ()
        made = self.hub.open_issue(repository, title="Improve it", body=body, author=author, labels=labels)
        if labelled:
            self._note(repository, made.number)
        return f"{author} opened {repository}#{made.number} {labels} {body!r}"

    def _label(self) -> str:
        repository, issue = self._pick(lambda each: LABEL not in each.labels)
        if issue is None:
            return ""
        who = self.draw.choice((MAINTAINER, MAINTAINER, MAINTAINER, TRIAGER))
        self.hub.label_issue(repository, issue.number, LABEL, by=who)
        if who == MAINTAINER:
            self._note(repository, issue.number)
        return f"{who} labelled {repository}#{issue.number}"

    def _unlabel(self) -> str:
        repository, issue = self._pick(lambda each: LABEL in each.labels)
        if issue is None:
            return ""
        self.hub.unlabel_issue(repository, issue.number, LABEL, by=MAINTAINER)
        self._stop(repository, issue.number)
        return f"{MAINTAINER} unlabelled {repository}#{issue.number}"

    def _edit(self) -> str:
        repository, issue = self._pick()
        if issue is None:
            return ""
        who = self.draw.choice((issue.author, MAINTAINER))
        text = f"{who}-{self.draw.randrange(10**6)}"
        self.hub.edit_issue(repository, issue.number, body=f"{issue.body}\n{text}", by=who)
        if who == STRANGER:
            key = repository, issue.number
            self.foreign.setdefault(key, []).append((self.approved.get(key, 0), text))
        return f"{who} edited {repository}#{issue.number}: {text}"

    def _retry(self) -> str:
        repository, issue = self._pick()
        if issue is None:
            return ""
        self._note(repository, issue.number, makes_a_task=False)
        self.hub.comment(repository, issue.number, "/retry", by=MAINTAINER)
        return f"{MAINTAINER} commented /retry on {repository}#{issue.number}"

    def _cancel(self) -> str:
        repository, issue = self._pick()
        if issue is None:
            return ""
        self.hub.comment(repository, issue.number, "/cancel", by=MAINTAINER)
        self._stop(repository, issue.number)
        return f"{MAINTAINER} commented /cancel on {repository}#{issue.number}"

    def _say_as_stranger(self) -> str:
        repository, issue = self._pick()
        if issue is None:
            return ""
        said = self.draw.choice(("/retry", "/cancel", "Me too", "/help"))
        self.hub.comment(repository, issue.number, said, by=STRANGER)
        return f"{STRANGER} commented {said} on {repository}#{issue.number}"

    def _close(self) -> str:
        repository, issue = self._pick(lambda each: each.state == "open")
        if issue is None:
            return ""
        reason = self.draw.choice(("completed", "not_planned"))
        self.hub.close_issue(repository, issue.number, reason=reason, by=MAINTAINER)
        self._stop(repository, issue.number)
        return f"{MAINTAINER} closed {repository}#{issue.number} as {reason}"

    def _reopen(self) -> str:
        repository, issue = self._pick(lambda each: each.state == "closed")
        if issue is None:
            return ""
        self._note(repository, issue.number)  # with the label on it that asks for work
        self.hub.reopen_issue(repository, issue.number, by=MAINTAINER)
        return f"{MAINTAINER} reopened {repository}#{issue.number}"

    def _merge(self) -> str:
        repository, pull = self._pick_pull("open")
        if pull is None:
            return ""
        method = self.draw.choice(("merge", "squash"))
        self.hub.merge_pull_request(repository, pull.number, method=method, by=MAINTAINER)
        return f"{MAINTAINER} merged {repository}#{pull.number} by {method}"

    def _close_pull(self) -> str:
        repository, pull = self._pick_pull("open")
        if pull is None:
            return ""
        self.hub.close_pull_request(repository, pull.number, by=MAINTAINER)
        return f"{MAINTAINER} closed pull request {repository}#{pull.number}"

    def _reopen_pull(self) -> str:
        repository, pull = self._pick_pull("closed")
        if pull is None:
            return ""
        self.hub.reopen_pull_request(repository, pull.number, by=MAINTAINER)
        return f"{MAINTAINER} reopened pull request {repository}#{pull.number}"

    def _push(self) -> str:
        repository, pull = self._pick_pull("open")
        if pull is None:
            return ""
        file = {f"by-{MAINTAINER}-{self.draw.randrange(10**6)}.txt": "a person's\n"}
        self.hub.push_commit(repository, pull.head, file, by=MAINTAINER)
        return f"{MAINTAINER} pushed to {pull.head} in {repository}"

    def _delete_branch(self) -> str:
        repository, pull = self._pick_pull("closed")
        if pull is None:
            return ""
        self.hub.delete_head_branch(repository, pull.number, by=MAINTAINER)
        return f"{MAINTAINER} deleted the branch of {repository}#{pull.number}"

    # -- on what

    def _note(self, repository: str, number: int, *, makes_a_task: bool = True) -> None:
        """Asking again with what is there approves the text as it is."""
        key = repository, number
        self.approved[key] = self.approved.get(key, 0) + 1
        self.stopped.pop(key, None)
        if makes_a_task:
            self.called_off.discard(key)

    def _stop(self, repository: str, number: int) -> None:
        self.stopped[repository, number] = self.scheduler.now
        self.called_off.add((repository, number))

    def _issues(self, repository: str) -> list[Issue]:
        return list(self.hub.issues(repository))

    def _pick(self, fits: Callable[[Issue], bool] = lambda _: True) -> tuple[str, Issue | None]:
        found = [(name, issue) for name in REPOSITORIES for issue in self._issues(name) if fits(issue)]
        if not found:
            return "", None
        repository, issue = self.draw.choice(found)
        self._count(repository, issue.number)
        return repository, issue

    def _pick_pull(self, state: str) -> tuple[str, PullRequest | None]:
        found = [(name, pull) for name in REPOSITORIES for pull in self.hub.pull_requests(name) if pull.state == state]
        if not found:
            return "", None
        repository, pull = self.draw.choice(found)
        self._count(repository, int(pull.head.rpartition("/")[2]))
        return repository, pull

    def _count(self, repository: str, number: int) -> None:
        self.acts_on[repository, number] = self.acts_on.get((repository, number), 0) + 1
