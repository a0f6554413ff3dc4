"""What a git command of the host may use up: memory, processor time, files, output; and how its end is reported."""

from __future__ import annotations

import resource

import pytest

from bot.adapters.git import git
from bot.adapters.git.bounds import Bounds, were_hit
from bot.adapters.process import CommandFailed

SMALL = Bounds(memory=64 << 20, cpu=1, file=1 << 20)


def ended(*arguments: str, script: str = "", stdin: bytes = b"", largest: int = 1 << 20) -> str:
    """What it used up, as its error tells."""
    with pytest.raises(CommandFailed) as failed:
        git(*arguments, settings={"alias.do": f"!{script}"}, stdin=stdin, bounds=SMALL, largest=largest, timeout=60)
    assert failed.value.completed.over_limit in failed.value.detail
    return failed.value.completed.over_limit


def test_memory_is_limited() -> None:
    """Git keeps what it reads from a pipe in memory."""
    asked = ("hash-object", "-t", "tree", "--literally", "--stdin")
    assert "64 MiB of memory" in ended(*asked, stdin=bytes(100 << 20))


def test_processor_time_is_limited() -> None:
    """Waiting is another limit: here nothing waits."""
    assert "1 s of processor time" in ended("do", script="while :; do :; done")


def test_the_size_of_a_file_is_limited(tmp_path: object) -> None:
    assert "files of 1 MiB" in ended("do", script=f"head -c 2000000 /dev/zero > {tmp_path}/file")


def test_what_is_written_is_limited() -> None:
    """An output without end is not kept until memory is full."""
    assert ended("do", script="yes") == "wrote too much"


def test_a_flood_of_complaints_is_cut() -> None:
    """The end of stderr tells why."""
    with pytest.raises(CommandFailed) as failed:
        git("do", settings={"alias.do": "!yes | head -c 9000000 >&2; echo the end >&2; exit 3"})
    assert len(failed.value.completed.stderr) <= 1 << 20
    assert "the end" in failed.value.detail


def test_children_have_the_limits_too() -> None:
    shown = git("do", settings={"alias.do": '!sh -c "ulimit -t; ulimit -d; ulimit -f"'}, bounds=SMALL).text
    assert shown.split() == ["1", str(64 << 10), str((1 << 20) // 512)]


def test_a_kill_from_outside_is_not_a_limit() -> None:
    """It is tried again as before."""
    with pytest.raises(CommandFailed) as failed:
        git("do", settings={"alias.do": "!kill -KILL $PPID"})
    assert failed.value.completed.over_limit == ""


def test_a_lower_limit_of_the_process_itself_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Raising it would be refused, and nothing would run."""
    monkeypatch.setattr(resource, "getrlimit", lambda _: (10 << 20, 10 << 20))
    assert SMALL.wrap(["git"])[-2:] == [str((1 << 20) // 512), "git"]
    assert SMALL.wrap(["git"])[-3] == str(10 << 10)


@pytest.mark.parametrize(
    ("code", "said", "hit"),
    [
        (-24, "", True),
        (153, "", True),
        (128, "error: index-pack died of signal 25", True),
        (128, "fatal: Out of memory, malloc failed (tried to allocate 5 bytes)", True),
        (0, "out of memory", False),
        (-9, "", False),
        (128, "error: index-pack died of signal 9", False),
        (None, "", False),
        (1, "fatal: bad object", False),
    ],
)
def test_how_a_limit_is_known(code: int | None, said: str, hit: bool) -> None:
    assert were_hit(code, said) is hit
