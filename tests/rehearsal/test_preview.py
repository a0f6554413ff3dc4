"""`nightshift rehearse --repository`: one task on a person's own clone, with a patch for a session. The clone stays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.adapters.settings import read_values
from bot.rehearsal.preview import SETTINGS, Preview, PreviewRefused
from tests.git_host import run_git
from tests.patience import within

PATCH = """\
diff --git a/clock.py b/clock.py
--- a/clock.py
+++ b/clock.py
@@ -1 +1 @@
-ANSWER = 41
+ANSWER = 42
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    folder = tmp_path / "My Clone"
    run_git("init", "-q", "--initial-branch=trunk", str(folder))
    (folder / "clock.py").write_text("ANSWER = 41\n")
    (folder / "legacy.txt").write_bytes(b"one\r\ntwo\r\n")
    (folder / ".gitattributes").write_text("legacy.txt text\n")
    run_git("add", "clock.py", "legacy.txt", ".gitattributes", cwd=folder)
    run_git("commit", "-q", "-m", "Begin", cwd=folder)
    (folder / "notes.txt").write_text("not committed\n")
    return folder


def everything(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Each file with its time and bytes, those of the git directory too."""
    return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.rglob("*") if path.is_file()}


def rehearse(folder: Path, *options: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "rehearse", *options],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=within(120),
    )
    return done.returncode, done.stdout, done.stderr


def preview(clone: Path, tmp_path: Path, patch: bytes, issue: str = "The answer is off by one") -> Preview:
    (tmp_path / "fix.patch").write_bytes(patch)
    return Preview(repository=clone, issue=issue, patch=tmp_path / "fix.patch")


def test_a_patch_becomes_a_pull_request_and_the_clone_stays_as_it_is(clone: Path, tmp_path: Path) -> None:
    """With what a person has not committed, and on the branch that is checked out."""
    (tmp_path / "fix.patch").write_text(PATCH)
    before = everything(clone)
    options = ("--repository", str(clone), "--issue", "It's off by one\n\nSee #{3}.", "--patch", "fix.patch")

    code, out, err = rehearse(tmp_path, *options, "--folder", "left", "--json")

    assert code == 0, err
    night = json.loads(out)
    assert [(task["state"], task["pull_request"]) for task in night["tasks"]] == [("in_review", 2)]
    page = next((tmp_path / "left/pages").glob("*pull*2*")).read_text()
    assert "It&#39;s off by one" in page
    assert "clock.py" in page
    assert "legacy.txt" not in page
    assert everything(clone) == before


def test_the_scenario_names_the_repository_as_its_remote_does(clone: Path, tmp_path: Path) -> None:
    """Or after its folder."""
    made = preview(clone, tmp_path, PATCH.encode()).scenario(tmp_path)
    assert (made.repositories[0].name, made.repositories[0].default_branch) == ("preview/My-Clone", "trunk")
    for url in ("https://github.com/octo/clock.git", "git@github.com:octo/clock", "ssh://git@example.com/octo/clock/"):
        run_git("config", "remote.origin.url", url, cwd=clone)
        assert preview(clone, tmp_path, PATCH.encode()).scenario(tmp_path).repositories[0].name == "octo/clock"


@pytest.mark.parametrize("end", ["", "\n", "END_OF_PATCH\n"])
def test_each_patch_is_played_as_it_is(clone: Path, tmp_path: Path, end: str) -> None:
    """Whatever is in it: line ends of Windows, bytes that are no text, the word that would end it."""
    for number, content in enumerate(
        [b"END_OF_PATCH\n", b"one\r\ntwo\r\n", b"caf\xe9\n", bytes(range(256)), b"$HOME `ls`\n"]
    ):
        (clone / "new.txt").write_bytes(content + end.encode())
        run_git("add", "new.txt", cwd=clone)
        patch = subprocess.run(
            ["git", "diff", "--cached", "--binary"], cwd=clone, capture_output=True, check=True, timeout=60
        ).stdout
        run_git("rm", "-qf", "new.txt", cwd=clone)
        turns = preview(clone, tmp_path, patch).scenario(tmp_path).issues[0].attempts[0]
        command = (turns[0].tools or ())[0]["Bash"]["command"]
        other = tmp_path / f"applied{number}"
        run_git("clone", "-q", str(clone), str(other))
        subprocess.run(["bash", "-c", command], cwd=other, check=True, timeout=60)
        assert (other / "new.txt").read_bytes() == content + end.encode()


def test_what_cannot_be_played_is_refused_in_plain_words(clone: Path, tmp_path: Path) -> None:
    """Each with what to do; nothing is started."""
    good = PATCH.encode()
    (tmp_path / "empty").mkdir()
    run_git("init", "-q", str(tmp_path / "fresh"))
    run_git("clone", "-q", "--depth=1", f"file://{clone}", str(tmp_path / "shallow"))
    run_git("clone", "-q", str(clone), str(tmp_path / "detached"))
    run_git("checkout", "-q", "--detach", cwd=tmp_path / "detached")
    for repository, patch, issue, told in (
        (tmp_path / "none", good, "x", "is not a folder"),
        (tmp_path / "empty", good, "x", "is not a git repository"),
        (tmp_path / "fresh", good, "x", "has no commit yet"),
        (tmp_path / "shallow", good, "x", "run `git fetch --unshallow`"),
        (tmp_path / "detached", good, "x", "has no branch checked out"),
        (clone, b"", "x", "is empty"),
        (clone, b"no patch\n", "x", "does not apply to the last commit"),
        (clone, good.replace(b"41", b"40"), "x", "does not apply to the last commit"),
        (clone, good, " \n", "--issue is empty"),
        (clone, b"x" * 600_000, "x", "at most 500,000 can be played"),
    ):
        with pytest.raises(PreviewRefused, match=told):
            preview(repository, tmp_path, patch, issue).scenario(tmp_path)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--repository", "."], "go together"),
        (["--issue", "x", "--patch", "y"], "go together"),
        (
            ["--repository", "My Clone", "--issue", "x", "--patch", "none.patch"],
            "none.patch cannot be read: No such file",
        ),
        (["--repository", "none", "--issue", "x", "--patch", "fix.patch"], "none is not a folder"),
    ],
)
def test_the_command_says_it_and_exits_with_2(clone: Path, tmp_path: Path, options: list[str], told: str) -> None:
    (clone.parent / "fix.patch").write_text(PATCH)
    code, out, err = rehearse(tmp_path, *options)
    assert (code, out) == (2, "")
    assert told in err
    assert "Traceback" not in err


def test_a_patch_that_breaks_a_test_ends_as_a_failed_verification_with_its_name(clone: Path, tmp_path: Path) -> None:
    """The scripted session that could mend it leaves it as it is."""
    (clone / "test_clock.py").write_text(
        "import unittest, clock\nclass Clock(unittest.TestCase):\n"
        "    def test_answer(self): self.assertEqual(clock.ANSWER, 41)\n"
    )
    run_git("add", "test_clock.py", cwd=clone)
    run_git("commit", "-q", "-m", "Test it", cwd=clone)
    (tmp_path / "fix.patch").write_text(PATCH)

    code, out, err = rehearse(
        tmp_path, "--repository", str(clone), "--issue", "Break it", "--patch", "fix.patch", "--json"
    )

    (task,) = json.loads(out)["tasks"]
    assert (code, task["state"], task["failure"]) == (0, "failed", "verification_failed"), err
    assert "test_clock.Clock.test_answer" in task["newly_failing"]


def test_the_operators_network_and_tools_are_used(clone: Path, tmp_path: Path) -> None:
    """Of the environment or `.env`, and no other setting."""
    (tmp_path / ".env").write_text("NETWORK_HOSTS=a.example.org\nTOOLS=/opt/a\nWORKERS=7\nGITHUB_TOKEN=none\n")
    found = read_values({"TOOLS": "/opt/b", "HOME": "/"}, tmp_path / ".env", SETTINGS)
    (tmp_path / "fix.patch").write_bytes(PATCH.encode())
    made = Preview(repository=clone, issue="x", patch=tmp_path / "fix.patch", settings=found).scenario(tmp_path)

    assert made.settings == {"MAX_TURNS": "10", "NETWORK_HOSTS": "a.example.org", "TOOLS": "/opt/b"}
