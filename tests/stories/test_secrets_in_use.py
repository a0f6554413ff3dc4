"""Every secret in use is watched over a whole session: it is found nowhere but where it has to be."""

from __future__ import annotations

import gzip
import logging
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from bot.adapters.evidence import EvidenceStore
from bot.adapters.git.credentials import ASKPASS
from bot.core.tasks import State
from tests.stories.world import SECRET, a_world, bash, finish, text_of

TOKEN, API_KEY = "ghp_thetokenofthebot", "sk-thekeyofthemodel"
PROXY_WORD = "winter-of-the-proxy-31"
SECRETS = (TOKEN, API_KEY, SECRET, PROXY_WORD)
OF_GIT = {f"{PROXY_WORD} in the environment of the bot's git"}
"""Its way to GitHub, which it is given so: `bot/adapters/own_network.py`."""


class ProcessWatch:
    """Reads the arguments and the environment of every process but this one, again and again."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = tuple(secrets)
        self.seen: set[str] = set()
        self.looked_at: set[str] = set()

    @contextmanager
    def watching(self) -> Iterator[None]:
        stopping = threading.Event()
        thread = threading.Thread(target=self._watch, args=(stopping,))
        thread.start()
        try:
            yield
        finally:
            stopping.set()
            thread.join()

    def _watch(self, stopping: threading.Event) -> None:
        while not stopping.wait(0.02):
            for process in psutil.Process().children(recursive=True):
                self._look(process)

    def _look(self, process: psutil.Process) -> None:
        try:
            name, arguments, environment = process.name(), process.cmdline(), process.environ()
        except psutil.Error:
            return  # it has ended meanwhile
        self.looked_at.add(name)
        for secret in self._secrets:
            if any(secret in argument for argument in arguments):
                self.seen.add(f"{secret} in the arguments of {name}")
            if any(secret in value for value in environment.values()):
                # Also the shell that sets its limits, and what it starts itself.
                whose = "the bot's git" if environment.get("GIT_ASKPASS") == str(ASKPASS) else name
                self.seen.add(f"{secret} in the environment of {whose}")


def written(folder: Path, secrets: Iterable[str]) -> list[str]:
    """The files below a folder that hold a secret, also within gzip."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            found += [f"{secret} in {path.relative_to(folder)}" for secret in secrets if secret.encode() in content]
    return found


@pytest.mark.parametrize("sandbox", ["off", pytest.param("required", marks=pytest.mark.needs("bwrap"))])
def test_no_secret_is_where_it_need_not_be(
    sandbox: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not in the arguments or the environment of any process, not in a file, a log, a page or the kept evidence; the
    key that signs grants is in the seal alone."""
    caplog.set_level(logging.DEBUG)
    watch = ProcessWatch(SECRETS)
    steps = [bash("echo noon > time.txt"), bash("sed -n 1,5p README.md"), bash("cat /proc/self/environ"), finish()]
    proxy = f"http://ada:{PROXY_WORD}@127.0.0.1:9"
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with a_world(tmp_path, SANDBOX=sandbox, HTTPS_PROXY=proxy) as world, watch.watching():
        issue = world.label_issue(sessions=[steps])
        world.run_until_idle()

        assert world.state(issue) is State.IN_REVIEW
        pages = "\n".join((*map(text_of, world.pull_requests()), *world.bot_comments(issue)))
        data = world.services.settings.data_dir
        left = written(data, SECRETS)
        (session,) = EvidenceStore(data / "evidence").verify(issue, 1)
        world.check()

    assert watch.seen <= OF_GIT
    assert {"git", "claude"} <= watch.looked_at
    assert left == []
    assert session.holds
    assert not [secret for secret in SECRETS if secret in caplog.text or secret in pages]


def test_the_key_of_the_gate_is_in_its_seal_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with a_world(tmp_path) as world:
        issue = world.label_issue(sessions=[[bash("echo noon > time.txt"), finish()]])
        world.run_until_idle()
        data = world.services.settings.data_dir
        (seal,) = data.glob("evidence/*/*/*/*/*/seal.json")
        key = seal.read_text().split('"key": "')[1].split('"')[0]

        assert len(key) == 64
        assert written(data, [key]) == [f"{key} in {seal.relative_to(data)}"]
        assert key not in caplog.text + "".join(map(text_of, world.pull_requests())) + world.status(issue)
        world.check()


def test_the_watch_would_notice(tmp_path: Path) -> None:
    """A secret in an argument, an environment or a file is found: the tests above are no empty ones."""
    watch = ProcessWatch([TOKEN])
    with (
        watch.watching(),
        psutil.Popen(["/bin/sh", "-c", f"read line; : {TOKEN}"], stdin=-1, env={"X": TOKEN}) as child,
    ):
        deadline = threading.Event()
        for _ in range(500):
            if len(watch.seen) == 2 or deadline.wait(0.02):
                break
        child.communicate(b"\n")
    (tmp_path / "kept.gz").write_bytes(gzip.compress(TOKEN.encode()))

    assert len(watch.seen) == 2
    assert written(tmp_path, [TOKEN]) == [f"{TOKEN} in kept.gz"]
