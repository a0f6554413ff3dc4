"""What can be seen of the simulated GitHub, as values that do not change any more."""

from __future__ import annotations

from bot.rehearsal.github.records import (
    Comment,
    Delivery,
    Event,
    Exchange,
    Issue,
    Label,
    Mail,
    PullRequest,
    Push,
    Reaction,
    Review,
    ReviewComment,
    Status,
)
from bot.rehearsal.github.related import find_issues
from bot.rehearsal.github.stack_records import Stack
from bot.rehearsal.github.webhooks import Webhooks
from bot.rehearsal.github.world import World


class Inspection:
    """The part of a simulated GitHub at which a scenario looks."""

    world: World
    webhooks: Webhooks

    def issue(self, repository: str, number: int) -> Issue:
        """An issue or a pull request (then a `PullRequest`). Raises `Refused` if there is none."""
        with self.world.lock:
            return self.world.repository(repository).issue(number)

    def issues(self, repository: str) -> tuple[Issue, ...]:
        """Issues alone, without pull requests."""
        with self.world.lock:
            found = self.world.repository(repository).issues.values()
            return tuple(issue for issue in found if not isinstance(issue, PullRequest))

    def pull_requests(self, repository: str) -> tuple[PullRequest, ...]:
        with self.world.lock:
            return self.world.repository(repository).pull_requests()

    def stacks(self, repository: str) -> tuple[Stack, ...]:
        """Native stacks."""
        with self.world.lock:
            return tuple(self.world.repository(repository).stacks.values())

    def comments(self, repository: str, number: int) -> tuple[Comment, ...]:
        with self.world.lock:
            return self.world.repository(repository).comments_on(number)

    def reviews(self, repository: str, number: int) -> tuple[Review, ...]:
        with self.world.lock:
            return self.world.repository(repository).reviews_of(number)

    def review_comments(self, repository: str, number: int) -> tuple[ReviewComment, ...]:
        """On the lines of a pull request, in the order in which they came."""
        with self.world.lock:
            return self.world.repository(repository).review_comments_on(number)

    def is_resolved(self, repository: str, comment: int) -> bool:
        """Whether the thread of this comment on a line is resolved."""
        with self.world.lock:
            here = self.world.repository(repository)
            return here.review_comment(comment).thread in here.resolved

    def labels(self, repository: str) -> tuple[Label, ...]:
        with self.world.lock:
            return tuple(self.world.repository(repository).labels.values())

    def reactions(
        self,
        repository: str,
        *,
        issue: int | None = None,
        comment: int | None = None,
        review_comment: int | None = None,
    ) -> tuple[Reaction, ...]:
        """The reactions to an issue, to a comment (by its id), to one on a line, or all of the repository's."""
        wanted = {("issue", issue), ("comment", comment), ("review comment", review_comment)}
        with self.world.lock:
            found = tuple(self.world.repository(repository).reactions.values())
        every = issue is comment is review_comment is None
        return found if every else tuple(item for item in found if item.subject in wanted)

    def history(self, repository: str, number: int) -> tuple[Event, ...]:
        with self.world.lock:
            return tuple(event for event in self.world.repository(repository).events if event.number == number)

    def blockers(self, repository: str, number: int) -> tuple[tuple[str, int], ...]:
        """What GitHub's own relations say that the issue is blocked by: repositories and numbers."""
        with self.world.lock:
            issue = self.world.repository(repository).issue(number)
            found = find_issues(self.world, self.world.relations.blockers.get(issue.id, []))
            return tuple((here.full_name, each.number) for here, each in found)

    def statuses(self, repository: str) -> tuple[Status, ...]:
        with self.world.lock:
            return tuple(self.world.repository(repository).statuses)

    def branches(self, repository: str) -> dict[str, str]:
        """Each branch and its commit."""
        with self.world.lock:
            return self.world.repository(repository).git.branches()

    def pushes(self, repository: str) -> tuple[Push, ...]:
        """Every ref that was moved, by a push or otherwise, in order; what was declined is not among them."""
        with self.world.lock:
            return tuple(push for push in self.world.pushes if push.repository == repository)

    def files(self, repository: str, branch: str) -> dict[str, bytes]:
        """All files on a branch, tag or commit."""
        with self.world.lock:
            return self.world.repository(repository).git.files(branch)

    def modes(self, repository: str, branch: str) -> dict[str, bytes]:
        """The mode of each file on a branch, tag or commit, as git writes it."""
        with self.world.lock:
            return self.world.repository(repository).git.modes(branch)

    @property
    def mails(self) -> tuple[Mail, ...]:
        """Every mail that GitHub would have sent to a person, in order."""
        with self.world.lock:
            return tuple(self.world.mails)

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """Every webhook that was sent, in order, with what was answered."""
        with self.world.lock:
            return tuple(self.world.deliveries)

    def wait_delivered(self, timeout: float = 10.0) -> None:
        """Until each webhook was answered or given up. Raises TimeoutError."""
        self.webhooks.wait_delivered(timeout)

    @property
    def all_delivered(self) -> bool:
        """Whether no webhook waits for its answer."""
        try:
            self.wait_delivered(0)
        except TimeoutError:
            return False
        return True

    def redeliver(self, delivery: Delivery) -> None:
        """Send it again, under the same GUID."""
        self.webhooks.redeliver(delivery)

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Every call of the API, in order."""
        with self.world.lock:
            return tuple(self.world.exchanges)

    @property
    def violations(self) -> tuple[str, ...]:
        """What GitHub's own description does not allow, of requests, answers and webhooks."""
        with self.world.lock:
            return tuple(self.world.violations)

    @property
    def unmodelled(self) -> tuple[str, ...]:
        """The calls that were answered with 501."""
        with self.world.lock:
            return tuple(self.world.unmodelled)
