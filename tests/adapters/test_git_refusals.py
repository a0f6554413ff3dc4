"""What git's messages mean: a refusal that a person has to end, an outage that ends by itself, or a broken set-up.

The messages are those of git and GitHub, as people report them.
"""

from __future__ import annotations

import pytest

from bot.adapters.git.refusals import NotReached, fetch_failed, push_failed
from bot.adapters.process import CommandFailed, Completed
from bot.core.failures import FailureKind, TaskFailed

URL = "https://github.com/octo/clock.git"


def completed(stderr: str, stdout: str = "", code: int = 128) -> Completed:
    return Completed(command="git", code=code, stdout=stdout.encode(), stderr=stderr)


def rejected(reason: str, mark: str = "remote rejected") -> Completed:
    line = f"To {URL}\n!\tabc:refs/heads/auto/1\t[{mark}] ({reason})\nDone"
    return completed("error: failed to push some refs", line, code=1)


@pytest.mark.parametrize(
    "stderr",
    [
        "fatal: expected flush after ref listing",
        "fatal: remote error: upload-pack: not our ref 1234567890123456789012345678901234567890",
        "fatal: protocol error: bad pack header",
        "error: inflate: data stream error (unknown compression method)\nfatal: pack has bad object",
        "fatal: expected 'packfile'",
        "fatal: remote error: Internal Server Error",
        "remote: Internal Server Error\nfatal: the remote end hung up unexpectedly",
        f"fatal: unable to access '{URL}/': The requested URL returned error: 500",
        f"fatal: unable to access '{URL}/': GnuTLS recv error (-110): The TLS connection was non-properly terminated.",
        "fatal: the remote end hung up upon initial contact",
        "error: RPC failed; HTTP 504 curl 22",
        "fetch-pack: unexpected disconnect while reading sideband packet\nfatal: early EOF",
        "error: 1234 bytes of body are still expected\nfatal: fetch-pack: invalid index-pack output",
    ],
)
def test_a_fetch_that_github_did_not_serve_is_an_outage(stderr: str) -> None:
    failed = fetch_failed(completed(stderr), URL)
    assert (type(failed), failed.kind) == (NotReached, FailureKind.GITHUB_UNAVAILABLE)


CLOSED = [
    "remote: The `octo' organization has enabled or enforced SAML SSO. To access\nremote: this repository, you must "
    f"re-authorize the token.\nfatal: unable to access '{URL}/': The requested URL returned error: 403",
    "remote: Your account is suspended. Please visit https://support.github.com for more information.\n"
    f"fatal: unable to access '{URL}/': The requested URL returned error: 403",
    f"remote: Repository is disabled: access blocked.\nfatal: unable to access '{URL}/': "
    "The requested URL returned error: 403",
    f"remote: The repository owner has an IP allow list enabled, and 192.0.2.7 is not permitted.\n"
    f"fatal: unable to access '{URL}/': The requested URL returned error: 403",
]


@pytest.mark.parametrize("stderr", CLOSED)
def test_what_no_permission_helps_against_is_said_in_githubs_words(stderr: str) -> None:
    for failed in (fetch_failed(completed(stderr), URL), push_failed(completed(stderr), URL)):
        assert failed.kind is FailureKind.REPO_MISSING
        assert "permission" not in failed.detail.split("\n")[0]
        assert stderr.removeprefix("remote: ").split("\n")[0] in failed.detail


def test_a_certificate_that_is_not_trusted_never_mends_itself() -> None:
    stderr = f"fatal: unable to access '{URL}/': SSL certificate problem: self-signed certificate in certificate chain"
    for failed in (fetch_failed(completed(stderr), URL), push_failed(completed(stderr), URL)):
        assert type(failed) is TaskFailed
        assert failed.kind is FailureKind.SETUP_FAILED
        assert "CA_FILE" in failed.detail


@pytest.mark.parametrize("mark", ["remote rejected", "remote failure"])
@pytest.mark.parametrize("reason", ["Internal Server Error", "remote failed to report status"])
def test_a_failure_of_github_is_no_refusal_of_a_push(reason: str, mark: str) -> None:
    failed = push_failed(rejected(reason, mark), URL)
    assert (type(failed), failed.kind) == (NotReached, FailureKind.GITHUB_UNAVAILABLE)


@pytest.mark.parametrize(
    "reason",
    [
        "push declined due to repository rule violations",
        "protected branch hook declined",
        "pre-receive hook declined",
        "refusing to allow a GitHub App to create or update workflow `.github/workflows/ci.yml` without `workflows` "
        "permission",
        "cannot lock ref 'refs/heads/auto/1': 'refs/heads/auto' exists; cannot create 'refs/heads/auto/1'",
    ],
)
def test_a_rule_is_a_refusal_of_a_push_in_githubs_words(reason: str) -> None:
    failed = push_failed(rejected(reason), URL)
    assert (type(failed), failed.kind) == (TaskFailed, FailureKind.PUSH_REJECTED)
    assert reason in failed.detail


def test_what_is_broken_here_is_no_outage() -> None:
    assert type(fetch_failed(completed("fatal: bad object HEAD"), URL)) is CommandFailed
