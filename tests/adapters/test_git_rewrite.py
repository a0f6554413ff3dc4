"""Published commits are the bot's own, whatever a session wrote into them; their trees stay as they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.adapters.git import Rewriting, git
from bot.adapters.git.collect import Collected
from bot.adapters.git.commits import Commit
from tests.adapters.conftest import AUTHOR
from tests.git_host import run_git

if TYPE_CHECKING:
    from tests.adapters.conftest import Trap

SINCE = datetime(2026, 3, 1, 12, tzinfo=UTC)
UNTIL = SINCE + timedelta(hours=1)


def collected(trap: Trap) -> Collected:
    made = trap.quarantine.collect(
        trap.workspace,
        branch="auto/1",
        base=trap.base,
        message="Rest",
        rewriting=Rewriting(author=AUTHOR, reword=lambda text: text.replace("@", "(at)"), since=SINCE, until=UNTIL),
        most_files=100,
    )
    assert made is not None
    return made


def craft(trap: Trap, *lines: str, parents: tuple[str, ...] = (), message: bytes = b"x\n", tree: str = "") -> str:
    """A commit of any headers, as `git hash-object` writes it, on the agent's branch."""
    tree = tree or changed_tree(trap)
    named = [f"parent {parent}" for parent in parents or (trap.base,)]
    content = "\n".join([f"tree {tree}", *named, *lines]).encode() + b"\n\n" + message
    made = run_git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", cwd=trap.root, stdin=content)
    run_git("update-ref", "refs/heads/auto/1", made, cwd=trap.root)
    run_git("reset", "-q", "--hard", cwd=trap.root)
    return made


def changed_tree(trap: Trap) -> str:
    blob = run_git("hash-object", "-w", "--stdin", cwd=trap.root, stdin=b"new\n")
    return run_git("mktree", cwd=trap.root, stdin=f"100644 blob {blob}\tREADME.md\n".encode())


def shown(trap: Trap, commit: str, form: str) -> str:
    return git("log", "-1", f"--format={form}", commit, gitdir=trap.quarantine.folder).text


ADA = "author Ada <ada@example.com> 1900000000 +0000"
GITHUB = "committer GitHub <noreply@github.com> 1900000000 +0000"


def test_name_and_address_are_the_bots(trap: Trap) -> None:
    """By `--author`, by the environment, or by hand: who wrote it is not for the session to say."""
    craft(trap, ADA, GITHUB)
    head = collected(trap).head
    assert shown(trap, head, "%an <%ae>|%cn <%ce>") == "|".join(["Nightshift <bot@example.com>"] * 2)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("1900000000 +0000", UNTIL),
        ("1 +0000", SINCE),
        ("99999999999999 +0000", UNTIL),
        (f"{int(SINCE.timestamp()) + 60} +0200", SINCE + timedelta(minutes=1)),
    ],
)
def test_times_are_those_of_the_attempt(trap: Trap, said: str, seconds: datetime) -> None:
    """Neither the future nor the past can be claimed."""
    craft(trap, f"author A <a@a> {said}", f"committer A <a@a> {said}")
    head = collected(trap).head
    assert shown(trap, head, "%at %ct") == " ".join([str(int(seconds.timestamp()))] * 2)


def test_other_headers_are_dropped(trap: Trap) -> None:
    """A signature vouches for a commit that is not there any more."""
    signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n abc\n -----END PGP SIGNATURE-----"
    craft(trap, ADA, GITHUB, signature, "custom header")
    content = git("cat-file", "commit", collected(trap).head, gitdir=trap.quarantine.folder).text
    assert [line.split(" ")[0] for line in content.split("\n\n")[0].splitlines()] == [
        *("tree", "parent", "author", "committer"),
    ]


@pytest.mark.parametrize(
    ("encoding", "message", "read"),
    [
        ("ISO-8859-1", "Größe\n".encode("latin-1"), "Größe"),
        ("utf-7", b"+AEA-everyone", "(at)everyone"),
        ("no-such", "Größe\n".encode(), "Größe"),
        ("hex", b"4040", "4040"),
        ("", b"\xff\xfe", "\ufffd\ufffd"),
    ],
)
def test_messages_are_read_as_they_are_encoded(trap: Trap, encoding: str, message: bytes, read: str) -> None:
    """And written in UTF-8: a word in another encoding is judged as people would see it."""
    craft(trap, ADA, GITHUB, *([f"encoding {encoding}"] if encoding else []), message=message)
    head = collected(trap).head
    assert shown(trap, head, "%e|%s").split("|") == ["", read]


def test_merges_and_empty_commits_keep_their_shape(trap: Trap) -> None:
    tree, base_tree = changed_tree(trap), run_git("rev-parse", f"{trap.base}^{{tree}}", cwd=trap.root)
    side = craft(trap, ADA, GITHUB, tree=tree)
    empty = craft(trap, ADA, GITHUB, tree=base_tree)
    merge = craft(trap, ADA, GITHUB, parents=(empty, side), tree=tree)
    craft(trap, ADA, GITHUB, parents=(merge,), tree=tree)

    made = collected(trap)

    assert (made.commits, made.leftovers) == (4, False)
    listed = git("log", "--format=%T %an %cn", f"{trap.base}..{made.head}", gitdir=trap.quarantine.folder).text
    assert sorted(listed.splitlines()) == sorted(f"{each} Nightshift Nightshift" for each in [tree] * 3 + [base_tree])
    first, second = shown(trap, f"{made.head}^", "%P").split()
    assert [shown(trap, each, "%P") for each in (first, second)] == [trap.base, trap.base]


def test_a_commit_that_is_in_order_keeps_its_name(trap: Trap) -> None:
    """So does what stands on it."""
    who = f"Nightshift <bot@example.com> {int(SINCE.timestamp()) + 5} +0100"
    assert collected_head(trap, who) == (True, True)


def collected_head(trap: Trap, who: str) -> tuple[bool, bool]:
    head = craft(trap, f"author {who}", f"committer {who}")
    made = collected(trap)
    return made.head == head, made.made == head


def test_a_replaced_commit_is_not_believed(trap: Trap) -> None:
    """Neither replace refs nor grafts of the workspace change what is published."""
    head = craft(trap, ADA, GITHUB, message=b"What is there\n")
    other = craft(trap, ADA, GITHUB, message=b"What is shown\n")
    run_git("update-ref", "refs/heads/auto/1", head, cwd=trap.root)
    run_git("replace", head, other, cwd=trap.root)
    (trap.gitdir / "info/grafts").write_text(f"{head}\n")
    made = collected(trap)
    assert shown(trap, made.head, "%s|%P") == f"What is there|{trap.base}"


def test_git_agrees_with_the_names_that_are_worked_out(trap: Trap) -> None:
    """Commits are written under names that are known before: the chain needs them."""
    craft(trap, ADA, GITHUB, message=b"a\n\nb\n")
    head = collected(trap).head
    assert git("fsck", "--strict", head, gitdir=trap.quarantine.folder).code == 0


def test_a_time_that_cannot_be_read_is_now() -> None:
    rewriting = Rewriting(author=AUTHOR, reword=str, since=SINCE, until=UNTIL)
    commit = Commit(name="a", tree="b", parents=(), authored=None, committed=None, message="x\n")
    assert rewriting.bytes_of(commit, ()).count(b"%d +0000" % int(UNTIL.timestamp())) == 2
