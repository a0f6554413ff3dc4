"""What git's messages mean for a task; no other module reads them."""

from __future__ import annotations

import re

from bot.adapters.process import CommandFailed, Completed
from bot.core.failures import FailureKind, TaskFailed

_MOST = 1000  # characters of GitHub's reason that are repeated

_GONE = re.compile(r"repository ('.*' )?not found|returned error: (404|410|30[1278])", re.IGNORECASE)
_CLOSED = re.compile(
    r"SAML SSO|account is suspended|repository is disabled|access to this repository has been disabled|IP allow list",
    re.IGNORECASE,
)
_REFUSED_TOKEN = re.compile(
    r"authentication failed|could not read (username|password)|returned error: (401|403)|permission to \S+ denied",
    re.IGNORECASE,
)
_REFUSED_BY_PROXY = re.compile(r"HTTP code 4\d\d from proxy|CONNECT tunnel failed, response 4\d\d")
_UNTRUSTED = re.compile(r"certificate problem|certificate verif|CAfile|server verification failed", re.IGNORECASE)
_NO_ANSWER = re.compile(
    r"unable to access|unable to look up|could not resolve|connection (timed out|refused|reset)|RPC failed|early EOF"
    r"|hung up|disconnect|returned error: (429|5\d\d)|empty reply|transfer closed|operation too slow",
    re.IGNORECASE,
)
# GitHub's own failures, as its users report them: of pushes in ship-studio#678 and isaacs/github#1253; of fetches, what
# one replica says of another one's commits, or what broke off in the middle.
_THEIR_FAULT = re.compile(
    r"internal server error|failed to report status|not our ref|expected flush after|protocol error|data stream error"
    r"|expected 'packfile'|bytes of body are still expected",
    re.IGNORECASE,
)
_REJECTED = re.compile(r"\[(?:remote )?(?:rejected|failure)\][^(]*\((?P<reason>.*)\)")


class NotReached(TaskFailed):
    """The other side did not answer, or not to the end: what was asked for may or may not have happened."""

    def __init__(self, detail: str) -> None:
        super().__init__(FailureKind.GITHUB_UNAVAILABLE, detail)


def fetch_failed(completed: Completed, url: str) -> TaskFailed:
    """Why a mirror could not be brought up to date."""
    if (known := _known_refusal(completed, url)) is not None:
        return known
    if _REFUSED_TOKEN.search(completed.stderr):
        return TaskFailed(
            FailureKind.REPO_MISSING,
            f"{url} refused Nightshift's token: it needs the permission to read contents.\n{_message(completed)}",
        )
    if _GONE.search(completed.stderr):
        return TaskFailed(
            FailureKind.REPO_MISSING,
            f"{url} was not found: it is gone, has another name now, or is not open to Nightshift's token.",
        )
    if completed.over_limit and completed.code is not None and "remote:" not in completed.stderr:
        return CommandFailed(completed)  # this side's limits, which it would hit again
    if _was_cut_off(completed) or _THEIR_FAULT.search(completed.stderr):
        return NotReached(_message(completed))
    return CommandFailed(completed)


def push_failed(completed: Completed, url: str) -> TaskFailed:
    """Why a push was refused, in GitHub's words; NotReached where GitHub did not answer, or failed itself."""
    if (known := _known_refusal(completed, url)) is not None:
        return known
    if _REFUSED_TOKEN.search(completed.stderr):
        return TaskFailed(
            FailureKind.PUSH_REJECTED,
            f"{url} refused Nightshift's token: it needs the permission to write contents.\n{_message(completed)}",
        )
    if _GONE.search(completed.stderr) and not is_rejection(completed):
        return TaskFailed(FailureKind.REPO_MISSING, f"{url} was not found.\n{_message(completed)}")
    if is_rejection(completed):
        return TaskFailed(FailureKind.PUSH_REJECTED, _message(completed))
    return NotReached(_message(completed))


def _known_refusal(completed: Completed, url: str) -> TaskFailed | None:
    """What neither another permission nor another try helps against: its own words say what does."""
    if _CLOSED.search(completed.stderr):
        return TaskFailed(FailureKind.REPO_MISSING, f"{url} refuses Nightshift's account.\n{_message(completed)}")
    if _REFUSED_BY_PROXY.search(completed.stderr):
        proxy = f"the proxy does not connect to {url}; see HTTPS_PROXY and NO_PROXY."
        return TaskFailed(FailureKind.SETUP_FAILED, f"{proxy}\n{_message(completed)}")
    if _UNTRUSTED.search(completed.stderr):
        trust = f"the certificate of {url} is not trusted here: name your certificate authority in CA_FILE."
        return TaskFailed(FailureKind.SETUP_FAILED, f"{trust}\n{_message(completed)}")
    return None


def refusing_status(completed: Completed) -> int | None:
    """401 or 403, where GitHub refused the token itself; None for every other ending."""
    if completed.code == 0 or _known_refusal(completed, "") or not _REFUSED_TOKEN.search(completed.stderr):
        return None
    return 403 if "403" in completed.stderr else 401


def was_redirected(completed: Completed) -> bool:
    """As a renamed repository's former address is."""
    return completed.code != 0 and re.search(r"returned error: 30[1278]", completed.stderr) is not None


def came_too_early(completed: Completed) -> NotReached:
    """GitHub may not know a token yet that it made a moment ago (pre-commit-ci/issues#16: a push is answered with 403
    now and then)."""
    return NotReached(f"GitHub does not know a token yet that it issued within this minute.\n{_message(completed)}")


def _was_cut_off(completed: Completed) -> bool:
    """Whether the way to the other side failed, or git itself was ended, as against something here or in the data."""
    return completed.code is None or completed.code < 0 or _NO_ANSWER.search(completed.stderr) is not None


def is_rejection(completed: Completed) -> bool:
    """Whether the other side (or the lease) refused the ref, as against never having been reached, or having failed."""
    match = _REJECTED.search(completed.text)
    return match is not None and _THEIR_FAULT.search(match["reason"]) is None


def lost_lease(completed: Completed) -> bool:
    """Whether the branch was not where it was expected, or moved while we pushed."""
    match = _REJECTED.search(completed.text)
    return match is not None and any(
        words in match["reason"]
        for words in ("stale info", "fetch first", "non-fast-forward", "failed to update ref", "remote ref updated")
    )


def _message(completed: Completed) -> str:
    """The other side's message and git's own reason, without the command line."""
    if completed.code is None:
        return "The server did not answer in time."
    remote = [line.removeprefix("remote:").strip() for line in completed.stderr.splitlines() if _is_message(line)]
    rejected = _REJECTED.search(completed.text)
    lines = [line for line in remote if line] + ([f"({rejected['reason']})"] if rejected else [])
    return "\n".join(lines)[-_MOST:] or completed.stderr.strip()[-_MOST:]


def _is_message(line: str) -> bool:
    return line.startswith(("remote:", "fatal:", "error: RPC", "error: unable"))
