"""What a world of the stories is made of: people, a token, the bot's settings, its web server and GitHub's clock."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from werkzeug.serving import WSGIRequestHandler, make_server

from bot.adapters.scripted_model import ScriptedModel
from bot.adapters.wake import wake_all
from bot.rehearsal.github.server import SimulatedGitHub
from bot.webhooks import create_app
from bot.wiring import Services


class Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's name for it
        pass


class GitHubClock:
    """GitHub's clock, which a story can move on: its times have whole seconds."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def later(self, seconds: float) -> None:
        self._ahead += timedelta(seconds=seconds)


def add_people(github: SimulatedGitHub, *, repository: str, bot: str) -> None:
    """ada maintains the repository, the bot may write to it, and sam is a stranger."""
    for login in ("ada", "sam"):
        github.add_user(login)
    github.add_repository(repository, files={"README.md": "# Clock\n", "clock.py": "def now():\n    return 0\n"})
    github.set_role(repository, "ada", "maintain")
    github.add_user(bot)
    github.set_role(repository, bot, "write")


def add_token(github: SimulatedGitHub, services: Services, *, bot: str) -> None:
    """The simulated GitHub takes the bot's token for the bot's. An App has none."""
    if (token := services.settings.github_token) is not None:
        github.add_token(bot, value=token.get_secret_value())


def settings_for(github: SimulatedGitHub, model: ScriptedModel, folder: Path) -> dict[str, str]:
    """POLL_SECONDS is long, so that what happens happened because of a delivery."""
    return {
        "GITHUB_API_URL": github.api_url,
        "GITHUB_TOKEN": "ghp_thetokenofthebot",
        "ANTHROPIC_API_KEY": "sk-thekeyofthemodel",
        "ANTHROPIC_BASE_URL": model.url,
        "DATA_DIR": str(folder / "data"),
        "POLL_SECONDS": "3600",
        "SANDBOX": "off",
        "TOOLS": "none",
        "WORKERS": "2",
        "DRAIN_SECONDS": "0",
    }


@contextmanager
def serve_webhooks(
    github: SimulatedGitHub, services: Services, secret: str, *, app: int | None = None
) -> Iterator[None]:
    """Run the web server on a free port, and register its address with the simulated GitHub: with the repositories, or
    with an app."""
    served = create_app(services.store, secret, wake=partial(wake_all, services.wake_folder))
    server = make_server("127.0.0.1", 0, served, threaded=True, request_handler=Silent)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    github.add_webhook(f"http://127.0.0.1:{server.server_port}/webhook", secret, app=app)
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
