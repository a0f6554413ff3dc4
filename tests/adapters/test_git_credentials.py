"""The token: it reaches git, and nothing else that can be read."""

from __future__ import annotations

import base64
import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from werkzeug.wrappers import Request, Response

from bot.adapters.git import GitCredentials, Mirror, git
from bot.adapters.git.credentials import ASKPASS
from bot.core.failures import FailureKind, TaskFailed
from bot.rehearsal.git_http import GitRequest
from tests.git_host import GitHost, serve

HOST = "https://github.example"


@pytest.fixture
def token(git_host: GitHost) -> str:
    return next(iter(git_host.writers))


def ask(prompt: str, credentials: GitCredentials) -> subprocess.CompletedProcess[str]:
    with credentials.lend() as lent:
        environment, keep = {"PATH": os.environ["PATH"], **lent.environment}, lent.keep
        return subprocess.run(
            [ASKPASS, prompt], env=environment, capture_output=True, text=True, timeout=10, check=False, pass_fds=keep
        )


def test_the_token_is_given_for_its_own_host() -> None:
    """The two questions that git asks, in git's own words."""
    credentials = GitCredentials(HOST, lambda: "s3cret")
    assert ask(f"Username for '{HOST}': ", credentials).stdout == "x-access-token\n"
    assert ask("Password for 'https://x-access-token@github.example': ", credentials).stdout == "s3cret"


@pytest.mark.parametrize(
    "prompt",
    [
        "Password for 'https://x-access-token@github.example.evil.com': ",
        "Password for 'https://x-access-token@evil.com': ",
        "Password for 'http://x-access-token@github.example': ",
        "Password for 'https://x-access-token@github.example:8443': ",
        "Password for 'https://github.example@evil.com': ",
        "Password for 'https://x-access-token@github.example': \nPassword for 'https://evil.com': ",
        "Password for '*': ",
        "Password: ",
        "",
    ],
)
def test_the_token_is_for_no_other_host(prompt: str) -> None:
    """Another host, port or scheme gets no answer and the script fails, so that git gives up."""
    asked = ask(prompt, GitCredentials(HOST, lambda: "s3cret"))
    assert asked.returncode != 0
    assert "s3cret" not in asked.stdout + asked.stderr


def test_the_token_can_be_asked_for_twice() -> None:
    """Git asks again for each connection; reading does not use the answer up."""
    with GitCredentials(HOST, lambda: "s3cret").lend() as lent:
        for _ in range(2):
            assert Path(lent.environment["NIGHTSHIFT_TOKEN_FILE"]).read_text() == "s3cret"


def test_the_file_is_private_and_has_no_name() -> None:
    """Mode 0600, in no folder, closed when the command is through: a crash leaves nothing to find."""
    with GitCredentials(HOST, lambda: "s3cret").lend() as lent:
        status = os.fstat(lent.keep[0])
        assert (stat.S_IMODE(status.st_mode), status.st_nlink) == (0o600, 0)
        assert "s3cret" not in " ".join(lent.environment.values())
        assert "s3cret" not in repr(lent)
    assert not Path(lent.environment["NIGHTSHIFT_TOKEN_FILE"]).exists()


def test_nothing_prints_the_token() -> None:
    """Neither the credentials nor their parts have a telling repr."""
    assert repr(GitCredentials(HOST, lambda: "s3cret")) == "GitCredentials('https://github.example', ***)"


@pytest.mark.parametrize("prefix", ["github.com", "ssh://github.com", "https://", "https://me:s3cret@github.com"])
def test_credentials_belong_to_a_host(prefix: str) -> None:
    """What is no address of a git host is refused at once."""
    with pytest.raises(ValueError, match="expected SCHEME://HOST"):
        GitCredentials(prefix, lambda: "s3cret")


def test_a_mirror_refuses_credentials_of_another_host(tmp_path: Path) -> None:
    """A wrong setting cannot send one host's token to another."""
    with pytest.raises(ValueError, match=r"https://github\.com"):
        Mirror(tmp_path, "https://ghe.example.com/o/r.git", GitCredentials("https://github.com", lambda: "s3cret"))


def everything_about_children() -> str:
    """The arguments and environments of every process that this one has started."""
    seen = []
    for child in psutil.Process().children(recursive=True):
        try:
            seen += [*child.cmdline(), *(f"{name}={value}" for name, value in child.environ().items())]
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return "\n".join(seen)


def test_the_token_is_in_no_argument_and_no_environment_while_git_runs(
    mirror: Mirror, git_host: GitHost, token: str
) -> None:
    """Looked at from the server's side, in the middle of the fetch, when git is waiting for the answer."""
    seen: list[str] = []

    def look(request: GitRequest) -> None:
        if request.token == token:
            seen.append(everything_about_children())

    git_host.before = look
    mirror.fetch()

    assert seen
    for shown in seen:
        assert "fetch" in shown
        assert "GIT_ASKPASS" in shown
        for form in (token, base64.b64encode(f"x-access-token:{token}".encode()).decode()):
            assert form not in shown


def test_the_token_is_in_no_file_of_the_mirror(mirror: Mirror, token: str) -> None:
    """No configuration, no FETCH_HEAD, no log."""
    files = [path for path in mirror.folder.parent.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if token.encode() in path.read_bytes()]


def test_gits_own_trace_does_not_hold_the_token(mirror: Mirror, token: str, tmp_path: Path) -> None:
    """Even with every trace switched on."""
    credentials = GitCredentials(mirror.url.removesuffix("/octo/tools.git"), lambda: token)
    traces = {"GIT_TRACE": str(tmp_path / "trace"), "GIT_TRACE_CURL": str(tmp_path / "curl")}
    with credentials.lend() as lent:
        git(
            *("ls-remote", mirror.url),
            gitdir=mirror.folder,
            protocols="http",
            environment={**lent.environment, **traces},
            keep=lent.keep,
        )
    traced = (tmp_path / "trace").read_text() + (tmp_path / "curl").read_text()
    assert "Authorization: Basic" in traced
    assert token not in traced
    assert base64.b64encode(f"x-access-token:{token}".encode()).decode() not in traced


def test_a_token_that_the_server_repeats_is_masked(mirror: Mirror, git_host: GitHost, token: str) -> None:
    """What a failure quotes may quote the other side, but not our secret."""
    git_host.refused["refs/heads/auto/1"] = f"no {token} for you"
    head = mirror.remote_head("main")
    assert head is not None
    with pytest.raises(TaskFailed) as failed:
        mirror.push(head, "auto/1", expected=None)
    assert "no *** for you" in failed.value.detail


class Elsewhere:
    """A server that redirects every request to another host and remembers what that one was asked."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.target = ""

    def redirect(self, request: Request) -> Response:
        return Response(status=301, headers={"Location": f"{self.target}{request.full_path}"})

    def catch(self, request: Request) -> Response:
        self.asked.append(request)
        return Response(status=401, headers={"WWW-Authenticate": 'Basic realm="Elsewhere"'})


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, Elsewhere]]:
    there = Elsewhere()
    with serve(Request.application(there.catch)) as target:
        there.target = target.replace("127.0.0.1", "localhost")
        with serve(Request.application(there.redirect)) as url:
            yield url, there


def test_a_redirect_to_another_host_gets_no_token(elsewhere: tuple[str, Elsewhere], tmp_path: Path) -> None:
    """A hijacked or renamed repository answers 301: git does not follow, and the task says what is wrong."""
    url, there = elsewhere
    mirror = Mirror(tmp_path / "m.git", f"{url}/octo/tools.git", GitCredentials(url, lambda: "s3cret"))
    with pytest.raises(TaskFailed) as failed:
        mirror.fetch()
    assert failed.value.kind is FailureKind.REPO_MISSING
    assert there.asked == []


def test_even_a_followed_redirect_gets_no_token(elsewhere: tuple[str, Elsewhere], tmp_path: Path) -> None:
    """With redirects allowed git arrives at the other host and asks for a password; the script has none for it."""
    url, there = elsewhere
    git("init", "--quiet", "--bare", str(tmp_path / "m.git"))
    with GitCredentials(url, lambda: "s3cret").lend() as lent:
        failed = git(
            *("ls-remote", f"{url}/octo/tools.git"),
            gitdir=tmp_path / "m.git",
            protocols="http",
            settings={"http.followRedirects": "true"},
            environment=lent.environment,
            keep=lent.keep,
            codes=None,
        )
    assert failed.code != 0
    assert there.asked
    assert [request.authorization for request in there.asked] == [None] * len(there.asked)
