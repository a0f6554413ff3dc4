"""The world of a story in which the bot is an App, which GitHub lets show check runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bot.adapters.settings import read_settings
from bot.core.references import IssueRef
from bot.rehearsal.documented import branch_of
from bot.rehearsal.github.records import CheckRun
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.github.setting import ALL_THAT_A_BOT_NEEDS
from bot.rehearsal.script import Script, SessionedModel
from bot.wiring import Services
from tests.stories.app_keys import a_key
from tests.stories.installation import GitHubClock, add_people, serve_webhooks, settings_for
from tests.stories.world import CLAUDE, REPOSITORY, SECRET, World

APP, SLUG = 7, "nightshift"


class AppWorld(World):
    """As `World`, with the App `nightshift` in the place of the account."""

    bot = f"{SLUG}[bot]"

    def bot_comments(self, issue: IssueRef) -> list[str]:
        found = self.github.comments(issue.repository, issue.number)
        return [comment.body for comment in found if comment.author == self.bot]

    def check_runs(self, commit: str) -> dict[str, CheckRun]:
        """Its check runs of a commit or branch, the latest of each name."""
        return {run.name: run for run in self.github.check_runs(REPOSITORY, commit, app=SLUG)}

    def shown(self, issue: IssueRef) -> CheckRun:
        """The one on the branch of the issue that shows attempt and verdict."""
        return self.check_runs(branch_of(issue.number))["Nightshift"]

    def press(self, run: CheckRun, label: str, *, by: str = "ada") -> None:
        self.github.press_button(REPOSITORY, run.id, label, by=by)


def labels_of(run: CheckRun) -> list[str]:
    return [each["label"] for each in run.actions]


def requests_to_checks(world: World) -> list[tuple[str, int]]:
    """The method and the answer of each write to check runs."""
    every = world.github.exchanges
    return [(each.method, each.status) for each in every if "/check-runs" in each.path and each.method != "GET"]


@contextmanager
def an_app_world(
    folder: Path,
    *,
    permissions: Mapping[str, str] = ALL_THAT_A_BOT_NEEDS,
    without: Sequence[str] = (),
    **settings: str,
) -> Iterator[AppWorld]:
    """`permissions`: of the App; `without`: settings that it does not have, such as WEBHOOK_SECRET."""
    script = Script()
    with ExitStack() as opened:
        clock = GitHubClock()
        github = opened.enter_context(SimulatedGitHub(folder / "github", clock=clock))
        model = opened.enter_context(SessionedModel(script.answer))
        add_people(github, repository=REPOSITORY, bot="nobody-of-note")
        values = {**settings_for(github, model, folder), **_app(github, folder, permissions), **settings}
        values = {name: value for name, value in values.items() if name not in {"GITHUB_TOKEN", *without}}
        services = Services(read_settings(values, folder / ".env"), CLAUDE, sleep=lambda _: None)
        opened.enter_context(serve_webhooks(github, services, SECRET, app=APP))
        world = AppWorld(github, script, model, services, clock)
        yield world
        world.check()
        world.close()


def _app(github: SimulatedGitHub, folder: Path, permissions: Mapping[str, str]) -> dict[str, str]:
    key = folder / "app.pem"
    key.touch(mode=0o600)
    key.write_text(a_key())
    github.add_app(APP, slug=SLUG, key=key.read_text(), permissions=permissions)
    github.install_app(APP, (REPOSITORY,))
    return {
        "GITHUB_APP_ID": str(APP),
        "GITHUB_APP_PRIVATE_KEY_FILE": str(key),
        "REPOSITORIES": REPOSITORY,
        "WEBHOOK_SECRET": SECRET,
    }
