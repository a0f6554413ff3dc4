"""Pull requests, branches and pushes: real git on one side, GitHub's rules on the other."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import requests
from github import GithubException
from github.Repository import Repository

from bot.rehearsal.github.faults import RejectPush
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.github.world import Refused
from tests.git_host import run_git
from tests.signing_keys import make_key


@pytest.fixture
def clone(octo: SimulatedGitHub, tmp_path: Path) -> Path:
    """A clone of the bot's, made over HTTP."""
    return cloned(octo, tmp_path / "clone", octo.add_token("bot").value)


def cloned(octo: SimulatedGitHub, folder: Path, token: str, repository: str = "octo/tools") -> Path:
    address = octo.web_url.replace("://", f"://x-access-token:{token}@")
    run_git("clone", "-q", f"{address}/{repository}.git", str(folder))
    return folder


def push(clone: Path, branch: str, path: str = "fix.py", text: str = "x = 1\n", *options: str) -> str:
    """Commit a file and push it. Returns the commit."""
    (clone / path).write_text(text)
    run_git("add", path, cwd=clone)
    run_git("commit", "-q", "-m", f"Change {path}", cwd=clone)
    run_git("push", "-q", *options, "origin", f"HEAD:refs/heads/{branch}", cwd=clone)
    return run_git("rev-parse", "HEAD", cwd=clone)


def refusal_of(action: object) -> tuple[int, list[str]]:
    with pytest.raises(GithubException) as refusal:
        action()  # type: ignore[operator]
    data = refusal.value.data
    return refusal.value.status, [error.get("message") or error["field"] for error in data.get("errors", [])]


def test_a_rule_for_signatures_declines_a_push_with_a_new_commit_that_has_none(
    octo: SimulatedGitHub, clone: Path, tmp_path: Path
) -> None:
    octo.add_ruleset("octo/tools", "required_signatures", branches=("auto/*",))
    with pytest.raises(subprocess.CalledProcessError) as declined:
        push(clone, "auto/1")
    assert b"GH013" in declined.value.stderr
    assert b"Commits must have verified signatures." in declined.value.stderr
    assert "auto/1" not in octo.branches("octo/tools")

    signed = ("-c", "gpg.format=ssh", "-c", f"user.signingkey={make_key(tmp_path)}", "commit", "-q", "-S")
    run_git(*signed, "--allow-empty", "-m", "On top of one without", cwd=clone)
    with pytest.raises(subprocess.CalledProcessError):
        run_git("push", "-q", "origin", "HEAD:refs/heads/auto/1", cwd=clone)
    run_git("reset", "-q", "--soft", "origin/main", cwd=clone)
    run_git(*signed, "-m", "Both", cwd=clone)
    run_git("push", "-q", "origin", "HEAD:refs/heads/auto/1", cwd=clone)
    assert "auto/1" in octo.branches("octo/tools")


def test_from_push_to_merge(octo: SimulatedGitHub, tools: Repository, clone: Path) -> None:
    """A pushed branch becomes a pull request; its merge closes the issue that it names, as completed."""
    issue = octo.open_issue("octo/tools", title="Late clock", author="stranger")
    sha = push(clone, "auto/1")
    pull = tools.create_pull(base="main", head="auto/1", title="Mend the clock", body=f"Closes #{issue.number}")
    assert (pull.head.sha, pull.head.ref, pull.commits, pull.additions) == (sha, "auto/1", 1, 1)
    assert [found.number for found in tools.get_pulls(head="octo:auto/1")] == [pull.number]

    octo.merge_pull_request("octo/tools", pull.number, by="maria")

    assert octo.files("octo/tools", "main")["fix.py"] == b"x = 1\n"
    assert tools.get_pull(pull.number).merged
    assert octo.issue("octo/tools", issue.number).state_reason == "completed"
    assert [event.kind for event in octo.history("octo/tools", pull.number)] == ["merged", "closed"]


def test_a_pull_request_follows_its_branch(octo: SimulatedGitHub, tools: Repository, clone: Path) -> None:
    push(clone, "auto/1")
    number = tools.create_pull(base="main", head="auto/1", title="Mend").number
    sha = push(clone, "auto/1", "more.py")
    assert tools.get_pull(number).head.sha == sha
    assert sorted(file.filename for file in tools.get_pull(number).get_files()) == ["fix.py", "more.py"]


def test_a_deleted_branch_closes_its_pull_request(octo: SimulatedGitHub, tools: Repository, clone: Path) -> None:
    """And it cannot be reopened as long as the branch is gone."""
    push(clone, "auto/1")
    pull = tools.create_pull(base="main", head="auto/1", title="Mend")
    tools.get_git_ref("heads/auto/1").edit(sha=pull.head.sha)
    run_git("push", "-q", "origin", ":auto/1", cwd=clone)
    assert octo.issue("octo/tools", pull.number).state == "closed"
    status, messages = refusal_of(lambda: pull.edit(state="open"))
    assert status == 422
    assert "branch has been deleted" in messages[0]


def test_what_github_refuses(octo: SimulatedGitHub, tools: Repository, clone: Path) -> None:
    """A second one, one without commits, one of a branch that is not there."""
    push(clone, "auto/1")
    run_git("push", "-q", "origin", "origin/main:refs/heads/auto/2", cwd=clone)
    tools.create_pull(base="main", head="auto/1", title="Mend")
    twice = refusal_of(lambda: tools.create_pull(base="main", head="octo:auto/1", title="Mend"))
    assert twice == (422, ["A pull request already exists for octo:auto/1."])
    empty = refusal_of(lambda: tools.create_pull(base="main", head="auto/2", title="Mend"))
    assert empty == (422, ["No commits between main and auto/2"])
    assert refusal_of(lambda: tools.create_pull(base="main", head="auto/3", title="Mend")) == (422, ["head"])
    assert refusal_of(lambda: tools.create_pull(base="next", head="auto/1", title="Mend")) == (422, ["base"])
    assert len(octo.pull_requests("octo/tools")) == 1


def test_pull_requests_are_issues_too(octo: SimulatedGitHub, tools: Repository, clone: Path) -> None:
    """They share numbers, comments, labels and the list of issues."""
    first = octo.open_issue("octo/tools", title="One", author="maria").number
    push(clone, "auto/1")
    pull = tools.create_pull(base="main", head="auto/1", title="Two")
    pull.add_to_labels("auto")
    pull.create_issue_comment("Looks good")
    assert pull.number == first + 1
    assert [(issue.number, issue.pull_request is not None) for issue in tools.get_issues()] == [(2, True), (1, False)]
    assert tools.get_issue(pull.number).comments == 1
    assert [issue.number for issue in octo.issues("octo/tools")] == [first]


def test_refs_with_slashes(octo: SimulatedGitHub, tools: Repository) -> None:
    sha = octo.branches("octo/tools")["main"]
    tools.create_git_ref("refs/heads/auto/1", sha)
    assert tools.get_git_ref("heads/auto/1").object.sha == sha
    assert tools.get_branch("auto/1").commit.sha == sha
    assert refusal_of(lambda: tools.create_git_ref("refs/heads/auto/1", sha))[0] == 422
    assert refusal_of(lambda: tools.create_git_ref("refs/heads/auto/2", "0" * 40))[0] == 422
    assert refusal_of(lambda: tools.create_git_ref("refs/heads/a..b", sha))[0] == 422
    ref = tools.get_git_ref("heads/auto/1")
    assert ref.ref == "refs/heads/auto/1"
    ref.delete()
    assert "auto/1" not in octo.branches("octo/tools")
    assert refusal_of(ref.delete)[0] == 422


def test_only_a_fast_forward_moves_a_ref(octo: SimulatedGitHub, tools: Repository) -> None:
    first = octo.branches("octo/tools")["main"]
    octo.push_commit("octo/tools", "auto/1", {"a": "1\n"}, by="bot")
    ref = tools.get_git_ref("heads/auto/1")
    assert ref.ref == "refs/heads/auto/1"
    assert refusal_of(lambda: ref.edit(first))[0] == 422
    ref.edit(first, force=True)
    assert octo.branches("octo/tools")["auto/1"] == first


def test_a_conflict_is_not_merged(octo: SimulatedGitHub, tools: Repository) -> None:
    octo.push_commit("octo/tools", "auto/1", {"README.md": "Mine\n"}, by="bot")
    octo.push_commit("octo/tools", "main", {"README.md": "Yours\n"}, by="maria")
    number = tools.create_pull(base="main", head="auto/1", title="Mend").number
    with pytest.raises(Refused, match="not mergeable"):
        octo.merge_pull_request("octo/tools", number, by="maria")
    assert octo.files("octo/tools", "main")["README.md"] == b"Yours\n"
    assert octo.issue("octo/tools", number).state == "open"


def test_whether_it_can_be_merged_is_known_later(octo: SimulatedGitHub, http: requests.Session) -> None:
    """The first answer is null, and so is the first one after each change of the base."""
    octo.push_commit("octo/tools", "auto/1", {"README.md": "Mine\n"}, by="bot")
    pull = octo.open_pull_request("octo/tools", title="x", head="auto/1", by="bot")
    url = f"{octo.api_url}/repos/octo/tools/pulls/{pull.number}"

    def shown() -> list[tuple[object, str]]:
        answers = [http.get(url).json() for _ in range(3)]
        return [(answer["mergeable"], answer["mergeable_state"]) for answer in answers]

    assert shown() == [(None, "unknown"), (True, "clean"), (True, "clean")]

    octo.push_commit("octo/tools", "main", {"README.md": "Yours\n"}, by="maria")
    assert shown() == [(None, "unknown"), (False, "dirty"), (False, "dirty")]

    octo.close_pull_request("octo/tools", pull.number, by="maria")
    assert shown() == [(None, "unknown")] * 3


def test_who_may_clone_and_push(octo: SimulatedGitHub, tmp_path: Path) -> None:
    """A reader clones and cannot push; a private repository is not there for a stranger, nor for a revoked token."""
    octo.add_repository("octo/secret", files={"a": "b\n"}, private=True)
    octo.set_role("octo/secret", "bot", "read")
    reader = octo.add_token("bot").value
    clone = cloned(octo, tmp_path / "reader", reader, "octo/secret")
    with pytest.raises(subprocess.CalledProcessError, match="128"):
        push(clone, "auto/1")
    with pytest.raises(subprocess.CalledProcessError, match="128"):
        cloned(octo, tmp_path / "stranger", octo.add_token("stranger").value, "octo/secret")
    octo.revoke_token(reader)
    with pytest.raises(subprocess.CalledProcessError, match="128"):
        run_git("fetch", "-q", cwd=clone)
    assert [*octo.branches("octo/secret")] == ["main"]


def test_a_declined_push(octo: SimulatedGitHub, clone: Path) -> None:
    """As a protected branch declines it: git says why, and after so many times it passes."""
    octo.faults.add([RejectPush(branch="auto/*", times=1)])
    with pytest.raises(subprocess.CalledProcessError) as refusal:
        push(clone, "auto/1")
    assert b"GH006: Protected branch update failed for refs/heads/auto/1." in refusal.value.stderr
    assert b"hook declined" in refusal.value.stderr
    assert octo.pushes("octo/tools") == ()
    run_git("push", "-q", "origin", "HEAD:refs/heads/auto/1", cwd=clone)
    run_git("push", "-q", "origin", "HEAD:refs/heads/auto/1", cwd=clone)
    assert "auto/1" in octo.branches("octo/tools")
    (moved,) = octo.pushes("octo/tools")  # what is there already is not moved
    assert (moved.actor, moved.ref, moved.new) == ("bot", "refs/heads/auto/1", octo.branches("octo/tools")["auto/1"])


def test_contents(octo: SimulatedGitHub, tools: Repository, http: requests.Session) -> None:
    """Files as base64 or as they are, folders as lists, of any branch."""
    octo.push_commit("octo/tools", "auto/1", {"bin/run": "#!/bin/sh\n", 'odd "näme".txt': b"\xff\x00"}, by="bot")
    assert tools.get_contents("bin/run", ref="auto/1").decoded_content == b"#!/bin/sh\n"  # type: ignore[union-attr]
    assert tools.get_contents('odd "näme".txt', ref="auto/1").decoded_content == b"\xff\x00"  # type: ignore[union-attr]
    listed = tools.get_contents("", ref="auto/1")
    assert isinstance(listed, list)
    assert {entry.name: entry.type for entry in listed} == {
        "README.md": "file",
        "bin": "dir",
        'odd "näme".txt': "file",
        "src": "dir",
    }
    raw = {"Accept": "application/vnd.github.raw"}
    assert http.get(f"{octo.api_url}/repos/octo/tools/contents/README.md", headers=raw).text == "# Tools\n"
    assert http.get(f"{octo.api_url}/repos/octo/tools/contents/none").status_code == 404


@pytest.mark.parametrize(("size", "encoding"), [(1_000_000, "base64"), (1_000_001, "none")])
def test_content_beyond_1_mb_is_left_out(octo: SimulatedGitHub, tools: Repository, size: int, encoding: str) -> None:
    octo.push_commit("octo/tools", "main", {"large": b"x" * size}, by="bot")
    shown = tools.get_contents("large")
    assert not isinstance(shown, list)
    assert (shown.encoding, shown.size, shown.raw_data["content"] == "") == (encoding, size, encoding == "none")


def test_a_rule_against_force_pushes_declines_a_rebase_alone(octo: SimulatedGitHub, clone: Path) -> None:
    octo.add_ruleset("octo/tools", "non_fast_forward", branches=("*",))
    push(clone, "auto/1")
    more = push(clone, "auto/1", "more.py")
    run_git("reset", "-q", "--hard", "HEAD~1", cwd=clone)
    with pytest.raises(subprocess.CalledProcessError) as declined:
        push(clone, "auto/1", "other.py", "x = 2\n", "--force")
    assert b"GH013" in declined.value.stderr
    assert b"- Cannot force-push to this branch" in declined.value.stderr
    assert b"(push declined due to repository rule violations)" in declined.value.stderr
    assert octo.branches("octo/tools")["auto/1"] == more
    run_git("push", "-q", "origin", ":auto/1", cwd=clone)
