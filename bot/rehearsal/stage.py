"""Acts a scenario out on the simulated GitHub: sets the stage, opens the issues, plays each moment when it comes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from bot.core.references import IssueRef
from bot.rehearsal.expectations import Seen
from bot.rehearsal.faults import Fault
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.github.world import Refused
from bot.rehearsal.scenario import (
    Close,
    Comment,
    Edit,
    Issue,
    Labelling,
    Moment,
    OnIssue,
    Push,
    RoleChange,
    Scenario,
    When,
    with_numbers,
)
from bot.rehearsal.script import Script
from bot.rehearsal.watch import View

BOT = "nightshift-bot"


class CannotPlay(Exception):
    """A moment came that the world is not ready for; the text says why."""


class Stage:
    """The scenario's people, repositories and issues, once `set` has put them there."""

    def __init__(self, scenario: Scenario, github: SimulatedGitHub, script: Script) -> None:
        self.opened: dict[str, IssueRef] = {}
        self.bot = BOT  # the login of the bot's account
        self._scenario = scenario
        self._github = github
        self._script = script
        self._issues = [issue for issue in scenario.issues if issue.when is not None]
        self._moments = list(scenario.moments)
        self._played: set[str] = set()
        self._numbers = _numbers(scenario.issues)

    def set(self) -> str:
        """People, repositories and faults. Returns the bot's token."""
        for person in self._scenario.people:
            self._github.add_user(person.login)
        self._github.add_user(BOT)
        for repository in self._scenario.repositories:
            self._github.add_repository(
                repository.name,
                files=repository.files,
                default_branch=repository.default_branch,
                archived=repository.archived,
            )
            self._github.set_role(repository.name, BOT, "write")
        for person in self._scenario.people:
            for name, role in person.roles.items():
                self._github.set_role(name, person.login, role)
        self._github.faults.add(fault.value for fault in self._scenario.faults)
        return self._github.add_token(BOT).value

    def begin(self) -> list[str]:
        """Open the issues that are there from the beginning, in the order of the file. Returns what went wrong."""
        return [trouble for issue in self._scenario.issues if issue.when is None for trouble in self._open(issue)]

    @property
    def left(self) -> int:
        """How much is still to come."""
        return len(self._issues) + len(self._moments)

    @property
    def waits_for_time(self) -> bool:
        """Whether something is still to come by the clock alone."""
        whens = [*(issue.when for issue in self._issues), *(moment.when for moment in self._moments)]
        return any(when is not None and when.seconds is not None for when in whens)

    def still_to_come(self) -> list[str]:
        """What never came, for the report."""
        issues = [f"the moment to open the issue {issue.key} never came" for issue in self._issues]
        return issues + [f"the moment to {_what(moment)} never came" for moment in self._moments]

    def play(self, seconds: float, view: View) -> list[str]:
        """Play what is due. Returns what went wrong."""
        troubles = []
        for issue in [issue for issue in self._issues if self._due(issue.when, seconds, view)]:
            self._issues.remove(issue)
            troubles += self._open(issue)
        for moment in [moment for moment in self._moments if self._due(moment.when, seconds, view)]:
            self._moments.remove(moment)
            troubles += self._act(moment)
            self._played |= {moment.key} if moment.key else set()
        return troubles

    def seen(self, issue: IssueRef) -> Seen:
        """What GitHub shows of an issue now."""
        comments = self._github.comments(issue.repository, issue.number)
        pulls = self._github.pull_requests(issue.repository)
        branches = self._github.branches(issue.repository)
        return Seen(
            issue=self._github.issue(issue.repository, issue.number),
            comments=tuple(comment.body for comment in comments if comment.author == self.bot),
            pull_requests=tuple(pull for pull in pulls if pull.head == issue.branch),
            files=self._github.files(issue.repository, issue.branch) if issue.branch in branches else None,
        )

    def _due(self, when: When | None, seconds: float, view: View) -> bool:
        if when is None:
            return True
        if when.seconds is not None:
            return seconds >= when.seconds
        if when.issue is not None:
            return when.issue in self.opened and view.state_of(self.opened[when.issue]) is when.state
        return when.moment in self._played

    def _open(self, issue: Issue) -> list[str]:
        try:
            self._do_open(issue)
        except (CannotPlay, Refused) as trouble:
            return [f"could not open the issue {issue.key}: {trouble}"]
        return []

    def _act(self, moment: Moment) -> list[str]:
        action = moment.action
        try:
            getattr(self, f"_do_{action}")(getattr(moment, action))
        except (CannotPlay, Refused) as trouble:
            return [f"could not {_what(moment)}: {trouble}"]
        return []

    def _do_open(self, issue: Issue) -> None:
        opened = self._github.open_issue(
            issue.repository,
            title=self._text(issue.title),
            body=self._text(issue.body),
            author=issue.author,
            labels=() if issue.labeled_by else issue.labels,
        )
        ref = self.opened[issue.key] = IssueRef(issue.repository, opened.number)
        self._script.learn(ref, issue.attempts)
        if issue.labeled_by:
            self._github.label_issue(issue.repository, opened.number, *issue.labels, by=issue.labeled_by)

    def _do_comment(self, comment: Comment) -> None:
        self._github.comment(*self._at(comment.issue), self._text(comment.text), by=comment.by)

    def _do_label(self, labelling: Labelling) -> None:
        self._github.label_issue(*self._at(labelling.issue), labelling.label, by=labelling.by)

    def _do_unlabel(self, labelling: Labelling) -> None:
        self._github.unlabel_issue(*self._at(labelling.issue), labelling.label, by=labelling.by)

    def _do_edit(self, edit: Edit) -> None:
        title, body = (text if text is None else self._text(text) for text in (edit.title, edit.body))
        self._github.edit_issue(*self._at(edit.issue), title=title, body=body, by=edit.by)

    def _do_close(self, close: Close) -> None:
        self._github.close_issue(*self._at(close.issue), reason=close.reason, by=close.by)

    def _do_reopen(self, done: OnIssue) -> None:
        self._github.reopen_issue(*self._at(done.issue), by=done.by)

    def _do_merge(self, done: OnIssue) -> None:
        self._github.merge_pull_request(*self._pull_request(done.issue), by=done.by)

    def _do_close_pull_request(self, done: OnIssue) -> None:
        self._github.close_pull_request(*self._pull_request(done.issue), by=done.by)

    def _do_push(self, push: Push) -> None:
        repository, number = self._at(push.issue)
        self._github.push_commit(repository, IssueRef(repository, number).branch, push.files, by=push.by)

    def _do_role(self, change: RoleChange) -> None:
        self._github.set_role(change.repository, change.person, change.role)

    def _do_fault(self, fault: Fault) -> None:
        self._github.faults.add([fault.value])

    def _at(self, key: str) -> tuple[str, int]:
        ref = self._ref(key)
        return ref.repository, ref.number

    def _pull_request(self, key: str) -> tuple[str, int]:
        ref = self._ref(key)
        found = [pull for pull in self._github.pull_requests(ref.repository) if pull.head == ref.branch]
        if not found:
            raise CannotPlay("it has no pull request")
        return ref.repository, found[-1].number

    def _ref(self, key: str) -> IssueRef:
        if key not in self.opened:
            raise CannotPlay(f"the issue {key} is not open yet")
        return self.opened[key]

    def _text(self, text: str) -> str:
        return with_numbers(text, self._number)

    def _number(self, key: str) -> int:
        """The number of an issue; one that is there from the beginning can be mentioned before it is opened."""
        if key not in self._numbers:
            return self._ref(key).number
        return self._numbers[key]


def _numbers(issues: Iterable[Issue]) -> dict[str, int]:
    """The numbers that GitHub will give to the issues of the beginning: each repository counts for itself, from 1."""
    counts: Counter[str] = Counter()
    numbers = {}
    for issue in issues:
        if issue.when is None:
            counts[issue.repository] += 1
            numbers[issue.key] = counts[issue.repository]
    return numbers


def _what(moment: Moment) -> str:
    action = moment.action.replace("_", " ")
    target = getattr(getattr(moment, moment.action), "issue", None)
    return f"{action} {target}" if target else action
