"""What commits change, file by file, with the contents before and after, as the broker judges them.

No patch is parsed: names and contents come as they are, whatever characters they hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.adapters.git.command import git
from bot.core.changes import FileChange
from bot.core.failures import FailureKind, TaskFailed

MOST_READ = 64_000_000  # bytes of contents that are searched for one change
_RAW = ("--raw", "-r", "-z", "--no-abbrev", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none")
_SUBMODULE = "160000"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One line of `--raw`: object names before and after (None: no file there, or a submodule)."""

    before: str | None
    after: str | None
    old_path: str
    path: str
    commit: str = ""


def as_a_whole(gitdir: Path, base: str, head: str) -> list[FileChange]:
    """The difference of two commits, files that moved followed."""
    raw = git("diff-tree", *_RAW, "--find-renames", base, head, gitdir=gitdir).stdout
    return _with_contents(gitdir, list(_entries(raw.split(b"\0")[:-1])))


def by_commit(gitdir: Path, base: str, head: str) -> list[FileChange]:
    """What each commit of `base..head` changes: also what a later one takes back. A merge is held against its first
    parent; what it took from the others is in their own commits, or was published before."""
    options = ("--format=%x00commit %H", "--no-renames", "--diff-merges=first-parent", "--reverse")
    raw = git("log", *_RAW, *options, f"{base}..{head}", gitdir=gitdir).stdout
    return _with_contents(gitdir, list(_by_commit(raw)))


def messages(gitdir: Path, base: str, head: str) -> list[FileChange]:
    """The commits' messages, authors included, as if each were a new file named after its commit."""
    raw = git("log", "--format=%H%n%B%n%an <%ae>%n%cn <%ce>", "-z", f"{base}..{head}", gitdir=gitdir).stdout
    parts = [record.partition(b"\n") for record in raw.split(b"\0") if record.strip()]
    return [
        FileChange(path=name, old_path=name, before=None, after=words, commit=commit.decode())
        for commit, _, words in parts
        for name in (f"commit {commit.decode()[:10]}",)
    ]


def _by_commit(raw: bytes) -> Iterator[_Entry]:
    """What follows a `:` field is a path, whatever it looks like; only elsewhere can a commit begin."""
    commit, fields = "", list[bytes]()
    for field in raw.split(b"\0"):
        words = field.strip(b"\n")
        if len(fields) % 2:
            fields.append(field)
        elif words.startswith(b":"):
            fields.append(words)
        elif words:
            yield from _entries(fields, commit)
            commit, fields = words.removeprefix(b"commit ").decode(), []
    yield from _entries(fields, commit)


def _entries(fields: list[bytes], commit: str = "") -> Iterator[_Entry]:
    """The fields of `--raw -z`: modes, names and status in one; then a path, or two for a file that moved."""
    rest = iter(fields)
    for described in rest:
        old_mode, new_mode, before, after, status = described.decode().lstrip(":").split(" ")
        old_path = _path(next(rest))
        yield _Entry(
            before=_object(old_mode, before),
            after=_object(new_mode, after),
            old_path=old_path,
            path=_path(next(rest)) if status[0] in "RC" else old_path,
            commit=commit,
        )


def _path(field: bytes) -> str:
    return field.decode(errors="replace")


def _object(mode: str, name: str) -> str | None:
    return None if mode == _SUBMODULE or not name.strip("0") else name


def _with_contents(gitdir: Path, entries: list[_Entry]) -> list[FileChange]:
    contents = _contents(gitdir, {name for each in entries for name in (each.before, each.after) if name})
    return [
        FileChange(
            path=each.path,
            old_path=each.old_path,
            before=contents[each.before] if each.before else None,
            after=contents[each.after] if each.after else None,
            commit=each.commit,
        )
        for each in entries
    ]


def _contents(gitdir: Path, names: Iterable[str]) -> dict[str, bytes]:
    """The contents of objects by their names. A change that is too large to search is too large to publish."""
    request = "".join(f"{name}\n" for name in sorted(names)).encode()
    sized = git("cat-file", "--batch-check=%(objectsize)", gitdir=gitdir, stdin=request).text.split()
    if (total := sum(map(int, sized))) > MOST_READ:
        reason = f"{total:,} bytes in the files that its commits touch; at most {MOST_READ:,} are searched"
        raise TaskFailed(FailureKind.DIFF_TOO_LARGE, reason)
    return dict(_batch(git("cat-file", "--batch", gitdir=gitdir, stdin=request).stdout))


def _batch(answer: bytes) -> Iterator[tuple[str, bytes]]:
    position = 0
    while position < len(answer):
        end = answer.index(b"\n", position)
        name, _, size = answer[position:end].decode().split(" ")
        start, position = end + 1, end + 2 + int(size)
        yield name, answer[start : start + int(size)]
