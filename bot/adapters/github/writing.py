"""What Nightshift says to GitHub. A write is sent once: a caller that repeats one first checks whether it happened."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

from bot.adapters.github import reading
from bot.adapters.github.connection import AskAs, Connection
from bot.adapters.github.errors import GitHubFailed
from bot.core.references import IssueRef

T = TypeVar("T")
_ALREADY_EXISTS = 422
_MOVED = 307
_TEXTS = frozenset({"title", "body"})  # what holds words of sessions and programs


class Writing(Connection):
    """Every method raises GitHubFailed."""

    def create_issue(self, repository: str, *, title: str, body: str, labels: Sequence[str]) -> int:
        return self._send(
            "POST", repository, "issues", {"title": title, "body": body, "labels": list(labels)}, reading.number
        )

    def edit_issue(self, ref: IssueRef, *, body: str) -> None:
        self._send("PATCH", ref.repository, f"issues/{ref.number}", {"body": body})

    def close_issue(self, ref: IssueRef) -> None:
        """As completed. Repeating it changes nothing."""
        closed = {"state": "closed", "state_reason": "completed"}
        self._send("PATCH", ref.repository, f"issues/{ref.number}", closed)

    def create_comment(self, ref: IssueRef, body: str) -> int:
        return self._send("POST", ref.repository, f"issues/{ref.number}/comments", {"body": body}, reading.identity)

    def edit_comment(self, ref: IssueRef, comment: int, body: str) -> None:
        self._send("PATCH", ref.repository, f"issues/comments/{comment}", {"body": body})

    def react(self, ref: IssueRef, comment: int | None, content: str) -> None:
        """React to a comment, or to the issue itself. Repeating it changes nothing."""
        subject = f"issues/{ref.number}" if comment is None else f"issues/comments/{comment}"
        self._send("POST", ref.repository, f"{subject}/reactions", {"content": content})

    def react_to_line(self, ref: IssueRef, comment: int, content: str) -> None:
        """React to a comment on a line of a pull request. Repeating it changes nothing."""
        self._send("POST", ref.repository, f"pulls/comments/{comment}/reactions", {"content": content})

    def reply_on_line(self, ref: IssueRef, thread: int, body: str) -> int:
        """Answer in the thread that begins with this comment. `ref`: the pull request."""
        path = f"pulls/{ref.number}/comments/{thread}/replies"
        return self._send("POST", ref.repository, path, {"body": body}, reading.identity)

    def add_label(self, ref: IssueRef, *labels: str) -> None:
        self._send("POST", ref.repository, f"issues/{ref.number}/labels", {"labels": list(labels)})

    def remove_label(self, ref: IssueRef, label: str) -> None:
        try:
            self._send("DELETE", ref.repository, f"issues/{ref.number}/labels/{quote(label, safe='')}")
        except GitHubFailed as error:
            if not error.gone:
                raise

    def assign(self, ref: IssueRef, logins: Sequence[str]) -> frozenset[str]:
        """Returns who is assigned then: GitHub leaves out, without a word, whom it cannot assign, and answers 404 for
        an account that it does not know (kubernetes/test-infra#15811). Repeating it changes nothing."""
        assignees = {"assignees": list(logins)}
        return self._send("POST", ref.repository, f"issues/{ref.number}/assignees", assignees, reading.assignees)

    def add_blocker(self, ref: IssueRef, blocker: int) -> None:
        """`blocker`: the id of the issue that blocks `ref`. GitHub refuses one that is there already."""
        self._send("POST", ref.repository, f"issues/{ref.number}/dependencies/blocked_by", {"issue_id": blocker})

    def remove_blocker(self, ref: IssueRef, blocker: int) -> None:
        """Repeating it changes nothing."""
        self._send("DELETE", ref.repository, f"issues/{ref.number}/dependencies/blocked_by/{blocker}")

    def request_reviews(self, ref: IssueRef, *, people: Sequence[str], teams: Sequence[str]) -> None:
        """`teams`: slugs. GitHub refuses all of them for one who cannot be asked; who is asked already is not told
        again."""
        self._send("POST", ref.repository, f"pulls/{ref.number}/requested_reviewers", _reviewers(people, teams))

    def withdraw_review_requests(self, ref: IssueRef, *, people: Sequence[str], teams: Sequence[str]) -> None:
        self._send("DELETE", ref.repository, f"pulls/{ref.number}/requested_reviewers", _reviewers(people, teams))

    def create_label(self, repository: str, name: str, *, color: str, description: str) -> None:
        """Create a label; one of that name that is there already is left as it is."""
        label = {"name": name, "color": color, "description": description}
        try:
            self._send("POST", repository, "labels", label)
        except GitHubFailed as error:
            if error.status != _ALREADY_EXISTS:
                raise

    def create_branch(self, repository: str, branch: str, commit: str) -> None:
        """With the token that pushes: the other one may not write contents."""
        made = {"ref": f"refs/heads/{branch}", "sha": commit}
        self._send("POST", repository, "git/refs", made, shows="ref", ask_as=self._as_pusher(repository))

    def create_file(self, repository: str, path: str, content: bytes, *, branch: str, message: str) -> None:
        """In one commit on the branch, where there is no such file."""
        sent = {"message": message, "content": b64encode(content).decode(), "branch": branch}
        pusher = self._as_pusher(repository)
        self._send("PUT", repository, f"contents/{quote(path)}", sent, shows="commit", ask_as=pusher)

    def create_pull_request(
        self, repository: str, *, head: str, base: str, title: str, body: str, draft: bool = False
    ) -> int:
        """Where a repository has no drafts, GitHubFailed says that it `refuses_drafts`."""
        wanted = {"head": head, "base": base, "title": title, "body": body} | ({"draft": True} if draft else {})
        return self._send("POST", repository, "pulls", wanted, reading.number)

    def edit_pull_request(
        self, repository: str, number: int, *, title: str | None, body: str | None, base: str | None = None
    ) -> None:
        """None leaves it as it is. The base is moved first: GitHub reads the closing keywords where a text is changed,
        and only if the base is the default branch by then."""
        texts = {name: text for name, text in (("title", title), ("body", body)) if text is not None}
        for changes in ({"base": base} if base is not None else {}, texts):
            if changes:
                self._send("PATCH", repository, f"pulls/{number}", changes)

    def reopen_pull_request(self, repository: str, number: int) -> None:
        """GitHub refuses it while one of its branches is not there."""
        self._send("PATCH", repository, f"pulls/{number}", {"state": "open"})

    def _send(
        self,
        verb: str,
        repository: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        into: Callable[[Any], T] = lambda _: 0,  # type: ignore[assignment,return-value]  # for callers without a result
        *,
        shows: str = "id",
        ask_as: AskAs | None = None,
        may_be_empty: bool = False,
    ) -> T:
        """Returns what `into` reads of what GitHub shows of the write: an object with `shows`, or an issue's labels."""
        with self._writing():
            text = {key: self.hide(value) if key in _TEXTS else value for key, value in body.items()} if body else body
            url = f"/repos/{repository}/{path}"
            asker = ask_as or self._as(repository)
            _, shown = asker.ask(lambda requester: requester.requestJsonAndCheck(verb, url, input=text))
            is_empty = may_be_empty and shown is None
            if not is_empty and not isinstance(shown, list) and not (isinstance(shown, dict) and shows in shown):
                raise _nothing_shown(shown)
            return into(shown)


def _reviewers(people: Sequence[str], teams: Sequence[str]) -> Mapping[str, Any]:
    return {"reviewers": list(people)} | ({"team_reviewers": list(teams)} if teams else {})


def _nothing_shown(shown: object) -> GitHubFailed:
    """PyGithub takes the redirect that a renamed repository answers a write with for a success (measured with 2.10.0:
    an object without an id); it says so in words. What anything else means is unknown."""
    if isinstance(shown, dict) and "message" in shown:
        return GitHubFailed(_MOVED, "the repository has another name now: put that into REPOSITORIES")
    return GitHubFailed(None, "GitHub's answer to a change does not show the change")
