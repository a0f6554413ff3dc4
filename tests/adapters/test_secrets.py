"""Secrets are found in what a change adds; a hash, a placeholder or what was there before is none."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bot.adapters.secrets import mask_secrets, secrets_in
from bot.core.changes import FileChange

ROOT = Path(__file__).parents[2]

# Put together here, so that no file of this repository holds what looks like one.
AWS = "AKIA" + "2E0A8F3B244C9986"
GITHUB = "ghp_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1eF3hJ5"
FINE_GRAINED = "github_pat_" + "11A7QKZ2X0" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1eF3hJ5kL7n"
ANTHROPIC = "sk-ant-" + "api03-aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1eF3hJ5"
SLACK = "xoxb-" + "2444333222111-2444333222112-aB3dE5gH7jK9mN1pQ3sT5vW7"
STRIPE = "sk_live_" + "aB3dE5gH7jK9mN1pQ3sT5vW7"
NPM = "npm_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1eF3hJ5"
KEY_LINES = (
    "-----BEGIN RSA PRIVATE" + " KEY-----\n" + "MIIEpAIBAAKCAQEA" + "7bq8qO9o2m5n0p1W" + "l4zv3yJQ0u8m4Yt2x1c9\n"
)
HEX = "8f14e45fceea167a" + "5a36dedd4bea2543"
RANDOM = "q7Zt2LxV9pR4mK8sW1cB6yN3fH5jD0gA"


def change(path: str, after: str, before: str | None = None) -> FileChange:
    return FileChange(
        path=path, old_path=path, before=before.encode() if before is not None else None, after=after.encode()
    )


def found(path: str, after: str, before: str | None = None) -> list[str]:
    return [str(each) for each in secrets_in([change(path, after, before)]) if each is not None]


@pytest.mark.parametrize("path", ["src/app.py", "tests/test_app.py", "package-lock.json", "notes.md", "Dockerfile"])
@pytest.mark.parametrize("secret", [AWS, GITHUB, FINE_GRAINED, ANTHROPIC, SLACK, STRIPE, NPM])
def test_what_has_the_shape_of_a_secret_is_one_wherever_it_stands(path: str, secret: str) -> None:
    (first, *_) = found(path, f"one\ntwo {secret} three\n")
    assert first.startswith(f"{path}, line 2: ")
    assert secret not in first


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("app.py", f'PASSWORD = "{RANDOM}"'),
        ("app.py", 'DB_PASSWORD = "tr0ub4dor&3"'),
        ("config.yml", "api_key: 9f3Kq81LmZ"),
        (".env", "CLIENT_SECRET=9f3Kq81LmZ"),
        ("app.ts", f"const token = '{RANDOM}';"),
        ("a.go", f'x := "{RANDOM}"'),
        ("setup.cfg", f"index = https://bob:{RANDOM}@pypi.internal/simple"),
        ("app.py", f'SECRET_KEY = "{HEX}"'),
    ],
)
def test_what_is_assigned_to_a_name_that_says_so_is_one(path: str, line: str) -> None:
    assert found(path, f"{line}\n")


def test_a_private_key_is_known_by_its_body() -> None:
    """Its header alone is code that looks for one."""
    assert found("id_rsa", KEY_LINES) == ["id_rsa, line 1: Private Key"]
    assert found("app.py", f"if text.startswith('{KEY_LINES.splitlines()[0]}'):\n    pass\n") == []


def test_a_pragma_allows_nothing() -> None:
    """A session that hides a secret can write it too."""
    assert found("app.py", f"key = '{AWS}'  # pragma: allowlist secret\n")


def test_a_file_in_utf_16_and_a_very_long_line_are_searched_too() -> None:
    wide = FileChange(path="a", old_path="a", before=None, after=f"x {AWS} y\n".encode("utf-16-le"))
    assert [each for each in secrets_in([wide]) if each]
    assert found("a.min.js", "x" * 9990 + f" {AWS} " + "y" * 9990)


@pytest.mark.parametrize("border", [3000, 4000, 6000, 7000])
def test_a_secret_is_found_wherever_it_stands_in_a_long_line(border: int) -> None:
    """A line is searched in pieces, which overlap by more than any secret is long."""
    for start in range(border - len(GITHUB), border + 1, 4):
        line = "x" * (start - 1) + f" {GITHUB} " + "y" * 9000

        assert found("a.min.js", line), start
        assert GITHUB not in mask_secrets(line), start


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("package-lock.json", '"integrity": "sha512-KQMl6kixLMGHRCDUhkUPebuBhw13MpxlH3+17QzHQx40FNVd1z3uFqPbQ=="'),
        ("go.sum", "golang.org/x/net v0.1.0 h1:hZ/3BUoy5aId7sCpA/Tc5lt8DkFgdVS2onTpJsZ/fl0="),
        ("requirements.txt", "    --hash=sha256:8f14e45fceea167a5a36dedd4bea25438f14e45fceea167a5a36dedd4bea2543"),
        ("uv.lock", 'hash = "sha256:8f14e45fceea167a5a36dedd4bea25438f14e45fceea167a5a36dedd4bea2543"'),
        ("app.py", 'PASSWORD = "changeme"'),
        ("app.py", 'API_KEY = "your-api-key-here"'),
        ("app.py", 'password = os.environ["PASSWORD"]'),
        ("app.py", 'password = get_secret("db")'),
        ("app.py", 'SECRET_HEADER = "X-Hub-Signature"'),
        ("app.py", 'EXAMPLE = "AKIAIOSFODNN7EXAMPLE"'),
        ("app.py", 'COMMIT = "8f14e45fceea167a5a36dedd4bea2543aa11bb22"'),
        ("app.py", 'sha256 = "8f14e45fceea167a5a36dedd4bea25438f14e45fceea167a5a36dedd4bea2543"'),
        ("app.py", 'ID = "123e4567-e89b-12d3-a456-426614174000"'),
        ("app.py", "ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'"),
        ("config.yml", "password: ${DB_PASSWORD}"),
        ("config.yml", "password: {{ vault_password }}"),
        ("ci.yml", "token: ${{ secrets.GITHUB_TOKEN }}"),
        (".env.example", "API_KEY=<your key>"),
        ("tests/test_login.py", 'client.login(password="hunter22")'),
        ("tests/test_login.py", 'url = "https://user:secret@host/"'),
        ("docs/setup.md", "export ANTHROPIC_API_KEY=sk-ant-..."),
        ("logo.svg", '<path d="M10 10h4v4H10zM20 20h4v4H20z"/>'),
    ],
)
def test_what_only_looks_like_one_is_none(path: str, line: str) -> None:
    assert found(path, f"{line}\n") == []


def test_what_stood_there_before_is_no_news() -> None:
    """Neither on a line that changed around it, nor in a file that moved."""
    before = change("app.py", f"key = '{AWS}' # new\n", f"key = '{AWS}'\n")
    moved = [change("old.py", "", f"key = '{AWS}'\n"), change("new.py", f"key = '{AWS}'\n")]

    assert not [each for each in secrets_in([before], known=[before]) if each]
    assert not [each for each in secrets_in(moved, known=moved) if each]


def test_what_an_earlier_commit_of_the_session_added_is_news() -> None:
    """That a later one takes it out, or changes the line, helps nothing."""
    commits = [change("a", f"{AWS}\n", ""), change("a", f"{AWS} x\n", f"{AWS}\n"), change("a", "x\n", f"{AWS} x\n")]
    whole = change("a", "x\n", "")

    assert len([each for each in secrets_in(commits, known=[whole]) if each]) == 2


def test_a_value_is_in_no_representation() -> None:
    (each,) = [each for each in secrets_in([change("a", AWS)]) if each]

    assert AWS not in repr(each)
    assert AWS not in str(each)


@pytest.mark.parametrize(
    "text",
    [
        f"curl -H 'Authorization: Bearer {GITHUB}' https://api.github.com",
        f"echo {AWS} > key.txt\necho {AWS} | wc -c",
        f"export API_KEY={RANDOM}",
        f"git clone https://bob:{RANDOM}@example.org/x.git",
    ],
)
def test_a_command_is_masked(text: str) -> None:
    told = mask_secrets(text)

    assert "***" in told
    assert not any(secret in told for secret in (GITHUB, AWS, RANDOM))


@pytest.mark.parametrize("text", ["pytest -q tests", "git commit -qm 'Add a token bucket'", "", "a\n\nb"])
def test_what_holds_no_secret_stays_as_it_is(text: str) -> None:
    assert mask_secrets(text) == text


def test_this_repository_gives_no_false_alarm() -> None:
    """Its own files hold hashes, placeholders and whatever its tests make up."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    files = [
        ROOT / name for name in listed.decode().split("\0") if name.endswith((".py", ".md", ".txt", ".json", ".yml"))
    ]
    small = [path for path in files if path.is_file() and path.stat().st_size < 30_000]
    changes = [change(str(path.relative_to(ROOT)), path.read_text(errors="replace")) for path in small]

    assert [str(each) for each in secrets_in(changes) if each] == []
