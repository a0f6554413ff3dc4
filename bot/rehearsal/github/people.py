"""What people do on the simulated GitHub. `by` and `author` are logins; each act tells the webhooks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bot.rehearsal.github import issues, merging, pulls, pushes, relating, requested, reviews, stacking
from bot.rehearsal.github.records import Comment, Issue, PullRequest, Review, ReviewComment
from bot.rehearsal.github.reviews import OnLine
from bot.rehearsal.github.stack_records import Stack
from bot.rehearsal.github.stored import Content
from bot.rehearsal.github.world import Repository, World

Numbered = tuple[str, int]
"""An issue: its repository and its number."""


class People:
    """The part of a simulated GitHub with which a scenario acts. Refused acts raise `Refused`, as the API answers."""

    world: World

    def open_issue(
        self, repository: str, *, title: str, body: str = "", author: str, labels: Iterable[str] = ()
    ) -> Issue:
        """An issue that has `labels` from its opening, as a template gives them."""
        with self.world.lock:
            here, who = self._here(repository, author)
            return issues.open_issue(self.world, here, title=title, body=body, author=who, labels=labels)

    def label_issue(self, repository: str, number: int, *labels: str, by: str) -> None:
        with self.world.lock:
            issues.add_labels(self.world, *self._at(repository, number), labels, self._who(by))

    def unlabel_issue(self, repository: str, number: int, label: str, *, by: str) -> None:
        with self.world.lock:
            issues.remove_label(self.world, *self._at(repository, number), label, self._who(by))

    def edit_issue(
        self, repository: str, number: int, *, title: str | None = None, body: str | None = None, by: str
    ) -> None:
        with self.world.lock:
            texts = {name: text for name, text in (("title", title), ("body", body)) if text is not None}
            issues.edit_issue(self.world, self.world.repository(repository), number, self._who(by), **texts)

    def close_issue(self, repository: str, number: int, *, reason: str = "completed", by: str) -> None:
        """`reason` is completed or not_planned."""
        with self.world.lock:
            issues.close_issue(self.world, *self._at(repository, number), self._who(by), reason)

    def reopen_issue(self, repository: str, number: int, *, by: str) -> None:
        with self.world.lock:
            pulls.reopen(self.world, *self._at(repository, number), self._who(by))

    def delete_issue(self, repository: str, number: int, *, by: str) -> None:
        with self.world.lock:
            issues.delete_issue(self.world, *self._at(repository, number), self._who(by))

    def lock_issue(self, repository: str, number: int, *, by: str, locked: bool = True) -> None:
        """Only people who may write speak there then, and no App."""
        with self.world.lock:
            issues.lock_issue(self.world, *self._at(repository, number), self._who(by), locked=locked)

    def comment(self, repository: str, number: int, body: str, *, by: str) -> Comment:
        with self.world.lock:
            return issues.add_comment(self.world, *self._at(repository, number), self._who(by), body)

    def react(self, repository: str, comment: int, content: str = "+1", *, by: str) -> None:
        """To a comment on an issue. No webhook reports it."""
        with self.world.lock:
            here, who = self._here(repository, by)
            issues.react(self.world, here, ("comment", here.comment(comment).id), who, content)

    def react_to_issue(self, repository: str, number: int, content: str = "+1", *, by: str) -> None:
        with self.world.lock:
            here, who = self._here(repository, by)
            issues.react(self.world, here, ("issue", number), who, content)

    def take_back_reaction(self, repository: str, comment: int, content: str = "+1", *, by: str) -> None:
        with self.world.lock:
            here, who = self._here(repository, by)
            given = [each for each in here.reactions_to(("comment", comment)) if each.content == content]
            for each in given:
                if each.author == who:
                    del here.reactions[each.id]

    def edit_comment(self, repository: str, comment_id: int, body: str, *, by: str) -> Comment:
        with self.world.lock:
            here, who = self._here(repository, by)
            return issues.edit_comment(self.world, here, comment_id, who, body)

    def delete_comment(self, repository: str, comment_id: int, *, by: str) -> None:
        with self.world.lock:
            here, who = self._here(repository, by)
            issues.delete_comment(self.world, here, comment_id, who)

    def block(self, issue: Numbered, blocker: Numbered, *, by: str, removed: bool = False) -> None:
        """Say by GitHub's own relation that `issue` is blocked by `blocker`; `removed`: that it is so no more."""
        act = relating.remove_blocker if removed else relating.add_blocker
        with self.world.lock:
            act(self.world, self._issue_at(issue), self._issue_at(blocker), self._who(by))

    def add_sub_issue(self, parent: Numbered, child: Numbered, *, by: str, removed: bool = False) -> None:
        """`removed`: take it out again."""
        act = relating.remove_sub_issue if removed else relating.add_sub_issue
        with self.world.lock:
            act(self.world, self._issue_at(parent), self._issue_at(child), self._who(by))

    def open_pull_request(
        self, repository: str, *, title: str, body: str = "", head: str, base: str = "main", by: str
    ) -> PullRequest:
        with self.world.lock:
            here, who = self._here(repository, by)
            return pulls.open_pull_request(self.world, here, title=title, body=body, head=head, base=base, author=who)

    def merge_pull_request(self, repository: str, number: int, *, method: str = "merge", by: str) -> PullRequest:
        """Real commits on the base branch: `method` is merge, squash or rebase. Of a native stack with all below it.
        Raises `Refused` on a conflict."""
        with self.world.lock:
            at = self._at(repository, number)
            if at[0].stack_of(number) is not None:
                return stacking.merge_stack(self.world, *at, self._who(by), method=method)
            return merging.merge_pull_request(self.world, *at, self._who(by), method=method)

    def change_base(self, repository: str, number: int, base: str, *, by: str) -> PullRequest:
        """Move an open pull request to another base branch."""
        with self.world.lock:
            return pulls.edit_pull_request(self.world, *self._at(repository, number), self._who(by), base=base)

    def create_stack(self, repository: str, *numbers: int, by: str) -> Stack:
        """A native stack of pull requests, from the bottom to the top."""
        with self.world.lock:
            here, who = self._here(repository, by)
            return stacking.create_stack(self.world, here, numbers, who)

    def add_to_stack(self, repository: str, stack: int, *numbers: int, by: str) -> Stack:
        with self.world.lock:
            here, who = self._here(repository, by)
            return stacking.add_to_stack(self.world, here, stack, numbers, who)

    def unstack(self, repository: str, stack: int) -> Stack | None:
        """Whatever of it is not merged leaves it. No webhook reports it."""
        with self.world.lock:
            return stacking.unstack(self.world.repository(repository), stack)

    def close_pull_request(self, repository: str, number: int, *, by: str) -> None:
        with self.world.lock:
            pulls.edit_pull_request(self.world, *self._at(repository, number), self._who(by), state="closed")

    def reopen_pull_request(self, repository: str, number: int, *, by: str) -> None:
        with self.world.lock:
            pulls.edit_pull_request(self.world, *self._at(repository, number), self._who(by), state="open")

    def review(
        self,
        repository: str,
        number: int,
        *,
        event: str = "COMMENT",
        body: str = "",
        comments: Sequence[OnLine] = (),
        by: str,
    ) -> Review:
        """`event` is APPROVE, REQUEST_CHANGES or COMMENT."""
        with self.world.lock:
            here, who = self._here(repository, by)
            return reviews.submit_review(self.world, here, number, who, event=event, body=body, comments=comments)

    def assign(self, repository: str, number: int, *logins: str, by: str) -> None:
        with self.world.lock:
            requested.assign(self.world, *self._at(repository, number), logins, self._who(by))

    def request_review(self, repository: str, number: int, *logins: str, teams: Sequence[str] = (), by: str) -> None:
        """`teams`: the slugs of the owner's."""
        with self.world.lock:
            here, who = self._here(repository, by)
            requested.request_reviews(self.world, here, number, who, logins=logins, slugs=teams)

    def dismiss_review(self, repository: str, number: int, review: int, *, by: str) -> None:
        with self.world.lock:
            reviews.dismiss(self.world, *self._at(repository, number), review, self._who(by))

    def comment_on_line(
        self, repository: str, number: int, path: str, line: int, body: str, *, by: str
    ) -> ReviewComment:
        with self.world.lock:
            on_line = OnLine(path=path, line=line, body=body)
            return reviews.comment_on_line(self.world, *self._at(repository, number), self._who(by), on_line)

    def reply_to_review_comment(self, repository: str, comment: int, body: str, *, by: str) -> ReviewComment:
        """In the thread of any of its comments, as on GitHub's page."""
        with self.world.lock:
            here, who = self._here(repository, by)
            first = here.review_comments[here.review_comment(comment).thread]
            return reviews.reply(self.world, here, first.number, first.id, author=who, body=body)

    def resolve_thread(self, repository: str, comment: int, *, by: str, resolved: bool = True) -> None:
        """The thread of this comment."""
        with self.world.lock:
            here, who = self._here(repository, by)
            reviews.resolve(self.world, here, comment, who, resolved=resolved)

    def push_commit(
        self,
        repository: str,
        branch: str,
        files: Mapping[str, Content | None],
        *,
        message: str = "Change",
        by: str,
    ) -> str:
        """A commit on top of a branch, or of a new one from the default branch. None removes a file."""
        with self.world.lock:
            here, who = self._here(repository, by)
            return pushes.push_files(self.world, here, branch, files, message=message, actor=who)

    def create_branch(self, repository: str, branch: str, start: str, *, by: str) -> str:
        """A branch where another branch or a commit is. Returns its commit."""
        with self.world.lock:
            here, who = self._here(repository, by)
            return pushes.create_branch(self.world, here, branch, start, who)

    def delete_branch(self, repository: str, branch: str, *, by: str) -> None:
        """As by a push: pull requests that are based on it are closed."""
        with self.world.lock:
            here, who = self._here(repository, by)
            pushes.delete_branch(self.world, here, branch, who)

    def delete_head_branch(self, repository: str, number: int, *, by: str) -> None:
        """As by the button below a merged or closed pull request: after a merge those that are based on the branch get
        another base first."""
        with self.world.lock:
            merging.delete_head_branch(self.world, *self._at(repository, number), self._who(by))

    def _here(self, repository: str, login: str) -> tuple[Repository, str]:
        return self.world.repository(repository), self._who(login)

    def _at(self, repository: str, number: int) -> tuple[Repository, int]:
        return self.world.repository(repository), number

    def _issue_at(self, place: Numbered) -> relating.Place:
        here, number = self._at(*place)
        return here, here.issue(number)

    def _who(self, login: str) -> str:
        return self.world.account(login).login
