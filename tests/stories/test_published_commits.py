"""The commits that are published: the bot's own, with messages that do nothing, and each of them within the limits."""

from __future__ import annotations

import pytest
import requests

from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.tasks import State
from bot.rehearsal.documented import branch_of
from tests.git_host import run_git
from tests.stories.repository_settings import settings
from tests.stories.world import BOT, REPOSITORY, World, bash, finish, writes

BOMB = r"""
import subprocess
def git(*words, **options):
    return subprocess.run(["git", *words], capture_output=True, check=True, **options).stdout.strip()
blob = git("hash-object", "-w", "--stdin", input=b"")
tree = git("mktree", input=b"".join(b"100644 blob %s\tf%d\n" % (blob, n) for n in range(10)))
for _ in range(9):
    tree = git("mktree", input=b"".join(b"040000 tree %s\td%d\n" % (tree, n) for n in range(10)))
base = git("ls-tree", "HEAD")
tree = git("mktree", input=base + b"\n040000 tree %s\tzz\n" % tree).decode()
bomb = git("commit-tree", tree, "-p", "HEAD", "-m", "Bomb").decode()
"""
TAKEN_BACK = """
after = git("commit-tree", "HEAD^{tree}", "-p", bomb, "-m", "Take it back").decode()
git("update-ref", "HEAD", after)
"""
IN_A_MERGE = """
merge = git("commit-tree", "HEAD^{tree}", "-p", "HEAD", "-p", bomb, "-m", "Merge").decode()
git("update-ref", "HEAD", merge)
"""


def with_script(world: World, script: str) -> list[dict[str, object]]:
    """The repository's own test does it; the model only runs it."""
    test = f"import unittest\nclass T(unittest.TestCase):\n    def test_it(self):\n        exec({script!r}, {{}})\n"
    world.github.push_commit(REPOSITORY, "main", {"test_attack.py": test}, by="ada")
    return [bash("python3 -m unittest test_attack"), *writes("time.txt", "noon")]


def mirror_files(world: World) -> dict[str, bytes]:
    folder = world.services.settings.data_dir / "mirrors" / f"{REPOSITORY}.git"
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def bots_own(world: World) -> str:
    """With the address that GitHub has for the bot's account: another one may be a stranger's."""
    account = world.github.world.account(BOT)
    return f"Nightshift <{account.id}+{BOT}@users.noreply.127.0.0.1>"


def commits(world: World, issue: IssueRef) -> list[tuple[str, str, str]]:
    """Author, committer and message of what the branch has on top of `main`, the oldest first."""
    folder = world.github.world.repository(REPOSITORY).git.path
    form = "--format=%an <%ae>%x00%cn <%ce>%x00%B%x01"
    text = run_git("log", "--reverse", form, f"main..{branch_of(issue.number)}", cwd=folder)
    rows = [record.strip("\n").split("\0") for record in text.split("\1") if record.strip()]
    return [(author, committer, message.strip()) for author, committer, message in rows]


def test_what_a_session_left_uncommitted_has_the_issues_title(world: World) -> None:
    """It says what the commit is for; and it does nothing on GitHub, whatever the issue is called."""
    title = "Tell @octo/everyone the time [skip ci]\nfixes #2"
    issue = world.label_issue(title, sessions=[[bash("echo noon > time.txt"), finish()]])
    world.run_until_idle()

    message = "Tell (at)octo/everyone the time skip-ci fixes issue 2\n\nThe session left these changes uncommitted.\n\n"
    own = bots_own(world)
    assert commits(world, issue) == [(own, own, f"{message}For #1.")]
    url = f"{world.github.api_url}/repos/{REPOSITORY}/commits/{branch_of(issue.number)}"
    assert requests.get(url, timeout=10).json()["author"]["login"] == BOT


def test_commits_are_signed_off_where_the_repository_wants_it(world: World) -> None:
    """The session's own and that of what it left, once each, by the account that they are by. What a session writes of
    that kind itself stays a plain line."""
    settings(world, "sign_off: true\n")
    commit = "git add -A && git commit -q -m 'Do it' -m 'Signed-off-by: Ada <ada@example.com>'"
    issue = world.label_issue(sessions=[[bash("echo 1 > a"), bash(commit), bash("echo 2 > b"), finish()]])
    world.run_until_idle()

    made = commits(world, issue)
    assert [message.rpartition("\n\n")[2] for _, _, message in made] == [f"Signed-off-by: {bots_own(world)}"] * 2
    assert [message.count("Signed-off-by:") for _, _, message in made] == [1, 1]


def test_merging_closes_the_tasks_own_issue_and_no_other(world: World) -> None:
    """Whatever the session wrote: the words can be read, and do nothing."""
    foreign = world.open_issue("Somebody else's")
    message = "Mend it. Fixes #1, closes octo/other#3, @octo/everyone [skip ci]"
    people = "--author='Ada Maintainer <ada@example.com>' --date=2031-01-01T00:00:00Z"
    commit = f"git add -A && git commit -q -m '{message}' -m 'Signed-off-by: Ada <ada@example.com>' {people}"
    issue = world.label_issue(sessions=[[bash("echo noon > time.txt"), bash(commit), finish()]])
    world.run_until_idle()

    own = bots_own(world)
    assert commits(world, issue) == [
        (
            own,
            own,
            "Mend it. Fixes issue 1, closes issue 3 of octo/other, (at)octo/everyone skip-ci\n\n"
            "Signed-off-by — Ada <ada(at)example.com>",
        )
    ]
    (pull,) = world.pull_requests()
    world.github.merge_pull_request(REPOSITORY, pull.number, by="ada")
    world.run_until_idle()
    assert world.state(issue) is State.DONE
    assert world.github.issue(REPOSITORY, foreign.number).state == "open"


def test_an_issues_title_closes_nothing_when_its_pull_request_is_merged(world: World) -> None:
    """It becomes part of the merge's message, and people who may not close anything write titles."""
    foreign = world.open_issue("Somebody else's")
    issue = world.open_issue("Fixes #1 for @ada", author="sam", sessions=[writes("time.txt", "noon")])
    world.label(issue)
    world.run_until_idle()
    (pull,) = world.pull_requests()
    assert pull.title == "Fixes issue 1 for (at)ada"
    world.github.merge_pull_request(REPOSITORY, pull.number, by="ada")
    world.run_until_idle()
    assert world.state(issue) is State.DONE
    assert world.github.issue(REPOSITORY, foreign.number).state == "open"


@pytest.mark.parametrize("how", [TAKEN_BACK, IN_A_MERGE], ids=["taken back", "in a merge"])
def test_a_tree_bomb_is_refused_and_leaves_nothing(world: World, how: str) -> None:
    """Ten thousand million files, in a kilobyte."""
    first = world.label_issue(sessions=[writes("first.txt", "noon")])
    session = with_script(world, BOMB + how)
    world.run_until_idle()
    assert world.state(first) is State.IN_REVIEW
    issue = world.label_issue("Run the tests", sessions=[[bash("true"), finish("blocked", "no")]])
    world.run_until_idle()  # the mirror has what is on GitHub
    before = mirror_files(world)
    issue = world.label_issue("Run them again", sessions=[session])
    world.run_until_idle()

    assert world.failure(issue) is FailureKind.DIFF_TOO_LARGE
    assert "more than 1,000,000 of them in `zz/`" in world.status(issue)
    assert branch_of(issue.number) not in world.github.branches(REPOSITORY)
    after = mirror_files(world)
    assert {name: after[name] for name in after if "/objects/" in name or "/nightshift/" in name} == {
        name: before[name] for name in before if "/objects/" in name or "/nightshift/" in name
    }


def test_a_commit_that_is_taken_back_is_held_against_the_limits(world: World) -> None:
    """It would be in the history for ever."""
    world.github.push_commit(REPOSITORY, "main", {".github/nightshift.yml": "limits: {lines: 20}\n"}, by="ada")
    session = [
        bash("seq 30 > long.txt && git add -A && git commit -qm 'Add it'"),
        bash("echo noon > long.txt && git add -A && git commit -qm 'Take it back'"),
        finish(),
    ]
    issue = world.label_issue(sessions=[session])
    world.run_until_idle()
    assert world.failure(issue) is FailureKind.DIFF_TOO_LARGE
    assert "lines added and removed by commit" in world.status(issue)


@pytest.mark.parametrize(
    ("limit", "makes"),
    [
        ("files: 5", "for n in 1 2 3 4 5 6; do echo $n > $n.txt; done"),
        ("lines: 5", "seq 10 > ten.txt"),
        ("bytes: 1000", "head -c 100000 /dev/urandom | base64 > random.txt"),
    ],
)
def test_what_a_cut_short_session_leaves_is_held_against_the_limits(world: World, limit: str, makes: str) -> None:
    """Too much of it is not kept, and does not enter the mirror."""
    world.github.push_commit(REPOSITORY, "main", {".github/nightshift.yml": f"limits: {{{limit}}}\n"}, by="ada")
    issue = world.label_issue(sessions=[[bash(makes), *[bash("true")] * 60]])
    world.run_until_idle()
    assert world.failure(issue) is FailureKind.SESSION_TIMEOUT
    assert not [name for name in mirror_files(world) if "/nightshift/work" in name]
