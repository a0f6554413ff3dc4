"""From nothing to the first pull request: a person with a terminal and a browser sets Nightshift up."""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page

from bot.adapters.scripted_model import ScriptedModel
from bot.core.references import IssueRef
from bot.rehearsal.bot_process import free_port
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.scenario import Turn
from bot.rehearsal.script import Script, SessionedModel
from tests.browser import a_chromium
from tests.patience import within
from tests.stories.world import writes
from tests.terminal import Terminal, at_terminal
from tests.typed import typed

KEY = "sk-ant-api-thekeyofthemodel"
CHECK = (
    "import unittest\n\nclass Clock(unittest.TestCase):\n    def test_noon(self):\n        self.assertEqual(12, 12)\n"
)
PATH = os.environ["PATH"]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def github(tmp_path: Path) -> Iterator[SimulatedGitHub]:
    with SimulatedGitHub(tmp_path / "github") as github:
        github.add_user("ada")
        for name in ("octo/clock", "octo/tools"):
            github.add_repository(name, files={"README.md": "# Clock\n", "test_clock.py": CHECK})
            github.set_role(name, "ada", "admin")
        github.sign_in("ada")
        yield github


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def model(script: Script) -> Iterator[ScriptedModel]:
    with SessionedModel(script.answer) as model:
        yield model


@contextmanager
def a_browser() -> Iterator[Page]:
    with a_chromium() as browser:
        page = browser.new_page()
        page.set_default_timeout(within(20) * 1000)
        yield page


@dataclass(frozen=True, slots=True)
class Machine:
    """An empty folder with an empty HOME, and the settings that lead to the simulations in place of the internet."""

    folder: Path
    github: SimulatedGitHub
    model: ScriptedModel

    def run(self, *arguments: str, **environment: str) -> AbstractContextManager[Terminal]:
        for name in ("home", "here"):
            (self.folder / name).mkdir(exist_ok=True)
        own = {"PATH": PATH, "HOME": str(self.folder / "home"), "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
        there = {"ANTHROPIC_BASE_URL": self.model.url, "TOOLS": "none"}
        command = [sys.executable, "-m", "bot", *arguments]
        return at_terminal(command, cwd=self.folder / "here", environment={**own, **there, **environment})

    def set_up(self, *options: str, **environment: str) -> AbstractContextManager[Terminal]:
        return self.run("init", "--ghes", self.github.web_url, *options, **environment)

    def settings(self) -> str:
        return (self.folder / "here/.env").read_text()


@pytest.fixture
def machine(tmp_path: Path, github: SimulatedGitHub, model: ScriptedModel) -> Machine:
    return Machine(tmp_path, github, model)


def register(page: Page, terminal: Terminal) -> None:
    """Three buttons and one choice."""
    address = terminal.wait_for("ssh -L").split("in a browser: ")[1].split()[0]
    page.goto(address)
    page.get_by_role("button", name="Create it on GitHub").click()
    page.get_by_role("button", name="Create GitHub App").click()
    page.get_by_label("octo/clock").check()
    page.get_by_role("button", name="Install").click()
    page.get_by_text("Go back to the terminal").wait_for()


@pytest.mark.needs("chromium")
@pytest.mark.needs("bwrap")
def test_a_person_sets_it_up_in_a_browser(machine: Machine, github: SimulatedGitHub, script: Script) -> None:
    """Three lines to type, three buttons, one choice; then an issue becomes a pull request."""
    with machine.set_up() as terminal, a_browser() as page:
        terminal.wait_for("public address")
        terminal.type("")
        register(page, terminal)
        terminal.wait_for("it is not shown")
        terminal.type(KEY)
        terminal.wait_for("propose an issue form")
        terminal.type("yes")
        code = terminal.wait_ended()

    assert code == 0, terminal.shown
    assert "verified" in terminal.shown
    assert "Start it with: nightshift up" in terminal.shown
    assert len(terminal.typed) == 3
    _check_proposal(github, terminal.shown)
    assert KEY not in terminal.shown
    for private in (".env", "var/github-app.pem"):
        assert stat.S_IMODE((machine.folder / "here" / private).stat().st_mode) == 0o600
    _make_a_pull_request(machine, github, script)


@pytest.mark.needs("bwrap")
def test_a_server_is_set_up_without_a_question_and_again(machine: Machine, github: SimulatedGitHub) -> None:
    """Secrets come from the environment; what is in `.env` is kept, and its other lines too."""
    github.add_user("nightshift-bot")
    github.set_role("octo/clock", "nightshift-bot", "write")
    token = github.add_token("nightshift-bot").value
    (machine.folder / "here").mkdir()
    (machine.folder / "here/.env").write_text("# Ours\nWORKERS=2\n")
    options = ("--token", "--repository", "octo/clock", "--no-input")

    with machine.set_up(*options, GITHUB_TOKEN=token, ANTHROPIC_API_KEY=KEY) as terminal:
        assert terminal.wait_ended() == 0, terminal.shown
    first = machine.settings()
    with machine.set_up("--no-input", "--no-try") as again:
        assert again.wait_ended() == 0, again.shown

    assert first.startswith("# Ours\nWORKERS=2\n")
    assert machine.settings() == first
    assert stat.S_IMODE((machine.folder / "here/.env").stat().st_mode) == 0o600
    assert "octo/tools" not in again.shown
    assert {label.name for label in github.world.repository("octo/clock").labels.values()} >= {"auto", "auto:review"}
    assert token not in terminal.shown
    assert "4/5" not in again.shown


@pytest.mark.parametrize(
    ("options", "environment", "says"),
    [
        ((), {}, "give --token and set GITHUB_TOKEN"),
        (("--token",), {}, "the bot's token: set GITHUB_TOKEN"),
        (("--token", "--repository", "clock"), {"GITHUB_TOKEN": "ghp_x"}, "expected OWNER/REPO, not clock"),
        (("--webhook", "http://localhost"), {}, "as GitHub reaches this machine"),
        ((), {"GITHUB_APP_ID": "x", "GITHUB_APP_PRIVATE_KEY_FILE": "nowhere"}, "is not an App's number"),
        ((), {"GITHUB_APP_ID": "7", "GITHUB_APP_PRIVATE_KEY_FILE": "nowhere"}, "nowhere cannot be read"),
        ((), {"GITHUB_TOKEN": "ghp_x"}, "unset it, or give --token to use it"),
        (("--token",), {"GITHUB_TOKEN": "ghp_x", "GITHUB_APP_ID": "7"}, "are both set"),
    ],
)
def test_what_is_missing_or_wrong_is_named(
    tmp_path: Path, options: tuple[str, ...], environment: dict[str, str], says: str
) -> None:
    """Before anything is written."""
    answer = typed("init", "--no-input", *options, cwd=tmp_path, environment=environment)

    assert answer.code == 2
    assert says in answer.err
    assert list(tmp_path.iterdir()) == []


def _check_proposal(github: SimulatedGitHub, shown: str) -> None:
    """A person may merge the form; nothing was pushed to the default branch."""
    assert github.world.repository("octo/clock").pull_requests(), shown
    (pull,) = github.world.repository("octo/clock").pull_requests()
    files = github.world.repository("octo/clock").git.files(pull.head_sha)
    assert (pull.title, pull.base) == ("Add an issue form for Nightshift", "main")
    assert b"labels: [auto]" in files[".github/ISSUE_TEMPLATE/auto.yml"]
    assert {push.ref for push in github.world.pushes} == {"refs/heads/nightshift/issue-form"}


def _make_a_pull_request(machine: Machine, github: SimulatedGitHub, script: Script) -> None:
    opened = github.open_issue("octo/clock", title="Tell the time", body="Please.", author="ada")
    turns = [Turn.model_validate(turn) for turn in writes("noon.txt", "12")]
    script.learn(IssueRef("octo/clock", opened.number), [turns])
    github.label_issue("octo/clock", opened.number, "auto", by="ada")
    with machine.run("up", PORT=str(free_port())) as running:
        until = time.monotonic() + within(90)
        while len(github.world.repository("octo/clock").pull_requests()) < 2:
            assert time.monotonic() < until, running.shown
            running.wait_a_moment()
