"""The simulated GitHub as a scenario or a test sees it: people act, the bot is watched, HTTP and git are real.

Methods act as the named account and need no token; the bot comes in over HTTP like any client.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from werkzeug.http import http_date
from werkzeug.serving import WSGIRequestHandler, make_server

from bot.rehearsal.github.api import Api
from bot.rehearsal.github.app_pages import AppPages
from bot.rehearsal.github.continuous_integration import ContinuousIntegration
from bot.rehearsal.github.faults import Faults
from bot.rehearsal.github.front import Front
from bot.rehearsal.github.git_access import GitAccess
from bot.rehearsal.github.graphql import GraphQl
from bot.rehearsal.github.guard import shipped_guard
from bot.rehearsal.github.inspection import Inspection
from bot.rehearsal.github.job_logs import JobLogs
from bot.rehearsal.github.lfs import Lfs
from bot.rehearsal.github.moves import Moves
from bot.rehearsal.github.oauth_pages import OAuthPages
from bot.rehearsal.github.pages import Pages
from bot.rehearsal.github.people import People
from bot.rehearsal.github.webhooks import Webhooks
from bot.rehearsal.github.world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


_LOOPBACK = "127.0.0.1"


def _real_time() -> datetime:
    return datetime.now(UTC)


def _handler(clock: Callable[[], datetime]) -> type[WSGIRequestHandler]:
    """Answers are dated by the simulation's own clock; requests are recorded by it, not printed."""

    class Handler(WSGIRequestHandler):
        def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's name for it
            pass

        def date_time_string(self, timestamp: float | None = None) -> str:
            return http_date(clock() if timestamp is None else timestamp)

    return Handler


class SimulatedGitHub(ContinuousIntegration, People, Moves, Inspection):
    """A GitHub on loopback, on a free port if none is named. Its address is known at once; it answers between `start`
    and `stop`.

    The bare repositories lie at `folder/owner/repo.git`.
    """

    def __init__(self, folder: Path, *, clock: Callable[[], datetime] = _real_time, port: int = 0) -> None:
        """Raises OSError for a port that cannot be had."""
        guard = shipped_guard()
        with socket.create_server((_LOOPBACK, port)) as listening:  # werkzeug would exit if it is occupied
            bound, handler = listening.getsockname()[1], _handler(clock)
            self._server = make_server(
                _LOOPBACK, bound, self._serve, threaded=True, request_handler=handler, fd=listening.fileno()
            )
        self.world = World(folder=folder, clock=clock, web_url=f"http://{_LOOPBACK}:{bound}")
        self.webhooks = Webhooks(self.world, guard)
        self.world.tell = self.webhooks.tell
        self.world.send_again = self.webhooks.redeliver
        access = GitAccess(self.world)
        api = Api(self.world, guard)
        self.job_logs = JobLogs(self.world)
        self._front = Front(
            world=self.world,
            api=api,
            graphql=GraphQl(self.world, api),
            git=access.app(),
            lfs=Lfs(self.world, access),
            job_logs=self.job_logs,
            pages=Pages(self.world),
            app_pages=AppPages(self.world, self.add_webhook),
            oauth_pages=OAuthPages(self.world),
        )
        self._thread: threading.Thread | None = None

    @property
    def web_url(self) -> str:
        return self.world.web_url

    @property
    def api_url(self) -> str:
        return self.world.api_url

    @property
    def faults(self) -> Faults:
        return self.world.faults

    def start(self) -> None:
        self.webhooks.start()
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop answering, and give up the webhooks that are still waiting."""
        self._front.closing.set()
        self.faults.release_all()
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._thread = None
            self.webhooks.stop()
        self._server.server_close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _serve(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self._front(environ, start_response)
