"""A generated repository: many files of text, a history that changes them, and large files now and then."""

from __future__ import annotations

import random
import string
import subprocess
from collections.abc import Iterator
from pathlib import Path

_WORDS = 3000
_LARGE = 400_000  # bytes of a file that does not compress
_EVERY = 40  # commits between two of them
_NAMES = 20  # of large files: later ones replace earlier ones
_BEGIN = 1_500_000_000


def fill_repository(folder: Path, *, files: int, commits: int) -> None:
    """Put these commits on `main` of the bare repository, the same ones each time."""
    stream = _commits(random.Random(1), files, commits)  # noqa: S311 - what it is like does not matter
    with subprocess.Popen(
        ["git", f"--git-dir={folder}", "fast-import", "--quiet", "--force"], stdin=subprocess.PIPE
    ) as importing:
        assert importing.stdin is not None  # noqa: S101 - it is a pipe
        for part in stream:
            importing.stdin.write(part)
    if importing.returncode != 0:
        raise RuntimeError("git could not import the generated repository")
    subprocess.run(["git", f"--git-dir={folder}", "repack", "-adq"], check=True)


def _commits(chance: random.Random, files: int, commits: int) -> Iterator[bytes]:
    words = ["".join(chance.choices(string.ascii_lowercase, k=chance.randint(3, 9))) for _ in range(_WORDS)]
    names = [f"folder{number % 40}/part{number % 7}/file{number}.txt" for number in range(files)]
    for number in range(commits):
        message = f"Commit {number}".encode()
        yield b"commit refs/heads/main\ncommitter Ada <ada@example.com> %d +0000\n" % (_BEGIN + number * 600)
        yield _data(message)
        yield b"from refs/heads/main^0\n" if number == 0 else b""
        changed = names if number == 0 else chance.sample(names, min(len(names), chance.randint(1, 4)))
        for name in changed:
            yield b"M 100644 inline %s\n" % name.encode() + _data(_text(chance, words))
        if number % _EVERY == 0:
            yield b"M 100644 inline large%d.bin\n" % (number // _EVERY % _NAMES) + _data(chance.randbytes(_LARGE))


def _text(chance: random.Random, words: list[str]) -> bytes:
    lines = (" ".join(chance.choices(words, k=12)) for _ in range(chance.randint(5, 60)))
    return ("\n".join(lines) + "\n").encode()


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)
