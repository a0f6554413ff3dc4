"""Plays a scenario on the simulated GitHub: creates people and repositories, opens issues, plays each moment."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.core.references import IssueRef
from bot.rehearsal.acts import (
    Close,
    Comment,
    Edit,
    Labelling,
    LineComment,
    Merge,
    OnIssue,
    Press,
    PullComment,
    Push,
    React,
    Review,
    RoleChange,
)
from bot.rehearsal.bot_settings import POLL_SECONDS
from bot.rehearsal.check_runs import find_button, find_check_runs
from bot.rehearsal.declared_relations import DeclaredRelations
from bot.rehearsal.documented import branch_of
from bot.rehearsal.faults import Fault
from bot.rehearsal.github.records import CheckRun
from bot.rehearsal.github.reviews import OnLine
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.github.world import Refused
from bot.rehearsal.numbers import predict_numbers
from bot.rehearsal.observation import BOT, Observation, observe
from bot.rehearsal.outside_ci import OutsideCi
from bot.rehearsal.ready import has_come, is_ready
from bot.rehearsal.repositories import add_repository
from bot.rehearsal.scenario import Issue, Moment, Scenario, When, with_numbers
from bot.rehearsal.script import Script
from bot.rehearsal.watch import View

_PASSES = 2.0  # the one that runs may have looked already


class CannotPlay(Exception):
    """A moment is due that cannot be played yet; the text says why."""


@dataclass(slots=True, eq=False)
class Player:
    """Does what the people of the scenario do. `opened`: the issues that are open on GitHub, by their keys. `bot`: the
    login of the bot's account."""

    scenario: Scenario
    github: SimulatedGitHub
    script: Script
    opened: dict[str, IssueRef] = field(init=False, default_factory=dict)
    bot: str = field(init=False, default=BOT)
    _ci: OutsideCi = field(init=False)
    _issues: list[Issue] = field(init=False)
    _relations: DeclaredRelations = field(init=False)
    _moments: list[Moment] = field(init=False)
    _played: set[str] = field(init=False, default_factory=set)
    _numbers: dict[str, int] = field(init=False)
    _unannounced: bool = field(init=False, default=False)
    _polls_until: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self._ci = OutsideCi(self.scenario, self.github)
        self._issues = [issue for issue in self.scenario.issues if issue.when is not None]
        self._moments = list(self.scenario.moments)
        self._relations = DeclaredRelations(self.github, self.scenario.issues)
        self._numbers = predict_numbers(self.scenario.issues)

    def set_up(self) -> str:
        """Create people, repositories and faults. Returns the bot's token."""
        for person in self.scenario.people:
            self.github.add_user(person.login)
        self.github.add_user(BOT)
        for repository in self.scenario.repositories:
            add_repository(self.github, repository)
            self.github.set_role(repository.name, BOT, "write")
        for person in self.scenario.people:
            for name, role in person.roles.items():
                self.github.set_role(name, person.login, role)
        for team in self.scenario.teams:
            owner, _, slug = team.name.partition("/")
            self.github.add_team(owner, slug, team.members)
        self.github.faults.add(fault.value for fault in self.scenario.faults)
        return self.github.add_token(BOT).value

    def open_first_issues(self) -> list[str]:
        """Open the issues that no moment opens, in the order of the file. Returns what went wrong, a sentence each."""
        return [trouble for issue in self.scenario.issues if issue.when is None for trouble in self._open(issue)]

    @property
    def remaining(self) -> int:
        """How many issues and moments have not been played yet."""
        return len(self._issues) + len(self._moments)

    @property
    def waits_for_time(self) -> bool:
        """Whether an issue or a moment waits for a time of the clock."""
        whens = [*(issue.when for issue in self._issues), *(moment.when for moment in self._moments)]
        return any(when is not None and when.seconds is not None for when in whens)

    def waits_for_a_pass(self, seconds: float) -> bool:
        """Whether what no webhook reports, such as a reaction, is so new that no periodic pass may have seen it."""
        return seconds < self._polls_until

    @property
    def _poll_seconds(self) -> float:
        return float(self.scenario.settings.get("POLL_SECONDS", POLL_SECONDS))

    def find_unplayed(self) -> list[str]:
        """What was never played, a sentence each."""
        issues = [f"the issue {issue.key} was never opened: its moment did not come" for issue in self._issues]
        moments = [f"the moment to {_describe(moment)} did not come" for moment in self._moments]
        return issues + moments + self._ci.find_unreported()

    def play_due(self, seconds: float, view: View) -> list[str]:
        """Play what is due now. Returns what went wrong, a sentence each."""
        troubles = []
        for issue in [issue for issue in self._issues if self._is_due(issue.when, seconds, view)]:
            self._issues.remove(issue)
            troubles += self._open(issue)
        for moment in [moment for moment in self._moments if self._is_playable(moment, seconds, view)]:
            self._moments.remove(moment)
            troubles += self._play(moment)
            self._played |= {moment.key} if moment.key else set()
        if self._ci.report_new(self.opened) or self._unannounced:
            self._unannounced, self._polls_until = False, seconds + _PASSES * self._poll_seconds
        return troubles

    def observe(self, issue: IssueRef) -> Observation:
        """What GitHub shows of an issue now."""
        return observe(
            self.github,
            issue.repository,
            issue.number,
            bot=self.bot,
            may_write=lambda login: self.scenario.may_write(login, issue.repository),
            sessions=self.script.started(issue),
        )

    def _is_playable(self, moment: Moment, seconds: float, view: View) -> bool:
        """A button is pressed once GitHub shows it."""
        is_shown = moment.press is None or self._find_button(moment.press) is not None
        return is_shown and self._is_due(moment.when, seconds, view)

    def _is_due(self, when: When | None, seconds: float, view: View) -> bool:
        if when is None:
            return True
        if when.seconds is not None:
            return seconds >= when.seconds
        if when.issue is not None:
            ref = self.opened.get(when.issue)
            return ref is not None and has_come(self.github, ref, when, view, bot=self.bot)
        if when.ready is not None:
            ref = self.opened.get(when.ready)
            return ref is not None and is_ready(self.github, ref, view, calm=when.calm)
        return when.moment in self._played

    def _open(self, issue: Issue) -> list[str]:
        try:
            self._do_open(issue)
        except (CannotPlay, Refused) as trouble:
            return [f"could not open the issue {issue.key}: {trouble}"]
        return []

    def _play(self, moment: Moment) -> list[str]:
        action = moment.action
        try:
            getattr(self, f"_do_{action}")(getattr(moment, action))
        except (CannotPlay, Refused) as trouble:
            return [f"could not {_describe(moment)}: {trouble}"]
        return []

    def _do_open(self, issue: Issue) -> None:
        opened = self.github.open_issue(
            issue.repository,
            title=self._fill_in(issue.title),
            body=self._fill_in(issue.body),
            author=issue.author,
            labels=() if issue.labeled_by else issue.labels,
        )
        ref = self.opened[issue.key] = IssueRef(issue.repository, opened.number)
        self._relations.add(self.opened)
        self.script.learn(ref, issue.attempts)
        if issue.labeled_by:
            self.github.label_issue(issue.repository, opened.number, *issue.labels, by=issue.labeled_by)

    def _do_comment(self, comment: Comment) -> None:
        self.github.comment(*self._locate(comment.issue), self._fill_in(comment.text), by=comment.by)

    def _do_label(self, labelling: Labelling) -> None:
        self.github.label_issue(*self._locate(labelling.issue), labelling.label, by=labelling.by)

    def _do_unlabel(self, labelling: Labelling) -> None:
        self.github.unlabel_issue(*self._locate(labelling.issue), labelling.label, by=labelling.by)

    def _do_edit(self, edit: Edit) -> None:
        title, body = (text if text is None else self._fill_in(text) for text in (edit.title, edit.body))
        self.github.edit_issue(*self._locate(edit.issue), title=title, body=body, by=edit.by)

    def _do_close(self, close: Close) -> None:
        self.github.close_issue(*self._locate(close.issue), reason=close.reason, by=close.by)

    def _do_reopen(self, done: OnIssue) -> None:
        self.github.reopen_issue(*self._locate(done.issue), by=done.by)

    def _do_merge(self, done: Merge) -> None:
        self.github.merge_pull_request(*self._find_pull_request(done.issue), method=done.method, by=done.by)

    def _do_close_pull_request(self, done: OnIssue) -> None:
        self.github.close_pull_request(*self._find_pull_request(done.issue), by=done.by)

    def _do_reopen_pull_request(self, done: OnIssue) -> None:
        self.github.reopen_pull_request(*self._find_pull_request(done.issue), by=done.by)

    def _do_delete_branch(self, done: OnIssue) -> None:
        repository, number = self._locate(done.issue)
        self.github.delete_branch(repository, branch_of(number), by=done.by)

    def _do_review(self, review: Review) -> None:
        self.github.review(
            *self._find_pull_request(review.issue),
            event=review.event.upper(),
            body=self._fill_in(review.text),
            comments=[self._on_line(each) for each in review.comments],
            by=review.by,
        )

    def _on_line(self, comment: LineComment) -> OnLine:
        return OnLine(path=comment.path, line=comment.line, body=self._fill_in(comment.text))

    def _do_pull_comment(self, comment: PullComment) -> None:
        place, text = self._find_pull_request(comment.issue), self._fill_in(comment.text)
        if comment.path is None or comment.line is None:
            self.github.comment(*place, text, by=comment.by)
        else:
            self.github.comment_on_line(*place, comment.path, comment.line, text, by=comment.by)

    def _do_push(self, push: Push) -> None:
        repository, number = self._locate(push.issue)
        files = {path: None if content is None else content.stored for path, content in push.files.items()}
        self.github.push_commit(repository, branch_of(number), files, by=push.by)

    def _do_react(self, reaction: React) -> None:
        repository, number = self._locate(reaction.issue)
        theirs = [each for each in self.github.comments(repository, number) if each.author == reaction.to]
        if not theirs:
            raise CannotPlay(f"{reaction.to} has not commented on it")
        self.github.react(repository, theirs[-1].id, reaction.content, by=reaction.by)
        self._unannounced = True

    def _do_press(self, press: Press) -> None:
        if (run := self._find_button(press)) is not None:
            self.github.press_button(self._find_issue(press.issue).repository, run.id, press.button, by=press.by)

    def _find_button(self, press: Press) -> CheckRun | None:
        ref = self.opened.get(press.issue)
        return None if ref is None else find_button(find_check_runs(self.github, ref, self.bot), press.button)

    def _do_role(self, change: RoleChange) -> None:
        self.github.set_role(change.repository, change.person, change.role)

    def _do_fault(self, fault: Fault) -> None:
        self.github.faults.add([fault.value])

    def _locate(self, key: str) -> tuple[str, int]:
        ref = self._find_issue(key)
        return ref.repository, ref.number

    def _find_pull_request(self, key: str) -> tuple[str, int]:
        ref = self._find_issue(key)
        found = [pull for pull in self.github.pull_requests(ref.repository) if pull.head == branch_of(ref.number)]
        if not found:
            raise CannotPlay("it has no pull request")
        return ref.repository, found[-1].number

    def _find_issue(self, key: str) -> IssueRef:
        if key not in self.opened:
            raise CannotPlay(f"the issue {key} is not open yet")
        return self.opened[key]

    def _fill_in(self, text: str) -> str:
        return with_numbers(text, self._number_of)

    def _number_of(self, key: str) -> int:
        """The number of an issue. The first issues can be mentioned before they are opened."""
        if key not in self._numbers:
            return self._find_issue(key).number
        return self._numbers[key]


def _describe(moment: Moment) -> str:
    action = moment.action.replace("_", " ")
    target = getattr(getattr(moment, moment.action), "issue", None)
    return f"{action} {target}" if target else action
