"""Sign commits with an SSH key, as `git commit -S` does with `gpg.format=ssh`.

Commits are written byte by byte here (`rewrite`), so `ssh-keygen` is asked for the signature, as git asks it.
https://git-scm.com/docs/gitformat-signature
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.adapters.git.command import git, run


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """`file`: a private key without a passphrase. Only the host's processes read it."""

    file: Path

    def sign(self, content: bytes) -> bytes:
        """The commit with these bytes, with a signature of them in its header. Raises CommandFailed."""
        made = self._ask("-Y", "sign", "-n", "git", stdin=content)
        header, _, message = content.partition(b"\n\n")
        signature = made.strip().replace(b"\n", b"\n ")
        return header + b"\ngpgsig " + signature + b"\n\n" + message

    def require(self) -> None:
        """Raises TaskFailed(SETUP_FAILED) if nothing can be signed now, as when the file was removed."""
        self.sign(b"")

    def find_public(self) -> str:
        """The public key, as `ssh-ed25519 AAAA…`. Raises CommandFailed."""
        return " ".join(self._ask("-y").decode().split()[:2])

    def _ask(self, *options: str, stdin: bytes = b"") -> bytes:
        """Errors reach issues: they do not name the file."""
        path = str(self.file.absolute())
        command = ["ssh-keygen", *options, "-f", path]
        return run(command, name=" ".join(["ssh-keygen", *options]), stdin=stdin, secrets=[path]).stdout


def with_signature(gitdir: Path, commit: str, key: SigningKey | None) -> str:
    """The same commit with a signature; without a key as it is."""
    if key is None:
        return commit
    signed = key.sign(git("cat-file", "commit", commit, gitdir=gitdir).stdout)
    return git("hash-object", "-t", "commit", "-w", "--no-filters", "--stdin", gitdir=gitdir, stdin=signed).text
