"""SSH keys, and what git says of signatures that are made with them."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.git_host import run_git

ANYBODY = "bot"


def make_key(folder: Path, name: str = "signing", kind: str = "ed25519", passphrase: str = "") -> Path:
    """As a person makes it. The public half is beside it, with the ending `.pub`."""
    file = folder / name
    command = ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "nightshift", "-f", str(file)]
    subprocess.run(command, check=True, timeout=60)
    return file


def public_key(file: Path) -> str:
    return file.with_name(f"{file.name}.pub").read_text().strip()


def verify(repository: Path, commit: str, key: Path) -> None:
    """Raises CalledProcessError unless the commit has a signature of this key."""
    allowed = key.with_name("allowed_signers")
    allowed.write_text(f"{ANYBODY} {public_key(key)}\n")
    settings = ("-c", "gpg.format=ssh", "-c", f"gpg.ssh.allowedSignersFile={allowed}")
    run_git(*settings, "verify-commit", commit, cwd=repository)
