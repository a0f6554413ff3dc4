"""The stories' world: a simulated GitHub, a scripted model, and the real bot in this process between them.

A story says what is unusual, acts through GitHub like a person, and asserts what a person sees there. At its end the
world itself checks what must hold in every story (`World.check`).
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.adapters.claude import find_claude
from bot.adapters.scripted_model import ScriptedModel
from bot.adapters.settings import read_settings
from bot.adapters.store import path_of
from bot.core.failures import FailureKind
from bot.core.messages import read_notice, read_status
from bot.core.references import IssueRef
from bot.core.tasks import State, Task
from bot.rehearsal.github.faults import Hold
from bot.rehearsal.github.records import Comment, PullRequest
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.scenario import Turn
from bot.rehearsal.script import Script, SessionedModel
from bot.rehearsal.watch import View, read_view
from bot.steps.stop import StopRequest
from bot.wiring import Services, utc_now
from bot.worker_services import build_worker
from tests.patience import within
from tests.stories.installation import GitHubClock, add_people, add_token, serve_webhooks, settings_for
from tests.stories.ledger_changes import LedgerChanges
from tests.stories.shared_claude import SharedClaude
from tests.stories.turn_checks import check_turn

CLAUDE = SharedClaude(find_claude(None))
REPOSITORY = "octo/clock"
BOT = "nightshift-bot"
SECRET = "a secret of the webhook"
PATIENCE = 60.0
_LOOK_ANYWAY = 0.25  # seconds: a story may wait for what is not in the ledger
_LOOK_FOR_IDLE = 0.05  # a worker that has fallen asleep has changed nothing by it; most of these looks read no ledger

Script_ = Sequence[Sequence[Mapping[str, Any]]]


def sleeps(worker: threading.Thread) -> bool:
    """Whether it waits to be woken at this moment: its innermost function is that of the waker."""
    frame = sys._current_frames().get(worker.ident or 0)
    return frame is not None and frame.f_code.co_qualname == "Waker.wait"


def tools(*calls: Mapping[str, Any]) -> dict[str, Any]:
    """One turn in which the model uses tools: `tools({"Bash": {"command": "ls"}})`."""
    return {"tools": list(calls)}


def bash(command: str) -> dict[str, Any]:
    return tools({"Bash": {"command": command, "description": "a step"}})


def finish(status: str = "complete", summary: str = "Done.", questions: Sequence[str] = ()) -> dict[str, Any]:
    return {"finish": {"status": status, "summary": summary, "questions": list(questions)}}


def writes(name: str, content: str) -> list[dict[str, Any]]:
    """A session that writes one file, commits it and says that it is done."""
    return [bash(f"printf '%s' '{content}' > {name} && git add {name} && git commit -qm 'Add {name}'"), finish()]


def text_of(pull: PullRequest) -> str:
    return pull.body or ""


class World:
    """One repository, `octo/clock`: ada maintains it, sam is a stranger, nightshift-bot is the bot."""

    def __init__(
        self, github: SimulatedGitHub, script: Script, model: ScriptedModel, services: Services, clock: GitHubClock
    ) -> None:
        self.later = clock.later
        self.model = model
        self.github = github
        self.script = script
        self.services = services
        self._changes = LedgerChanges(path_of(services.settings.database))
        self._moving_at: tuple[int, int] | None = None  # the version of the ledger at which something was seen to move

    def close(self) -> None:
        self._changes.close()
        self.services.store.close()

    # -- what people do

    def open_issue(
        self,
        title: str = "Add a file",
        body: str = "Please.",
        *,
        author: str = "ada",
        labels: Sequence[str] = (),
        sessions: Script_ = (),
    ) -> IssueRef:
        opened = self.github.open_issue(REPOSITORY, title=title, body=body, author=author, labels=labels)
        issue = IssueRef(REPOSITORY, opened.number)
        self.script.learn(issue, [[Turn.model_validate(turn) for turn in turns] for turns in sessions])
        return issue

    def label(self, issue: IssueRef, *labels: str, by: str = "ada") -> None:
        self.github.label_issue(issue.repository, issue.number, *(labels or ("auto",)), by=by)

    def label_issue(self, title: str = "Add a file", body: str = "Please.", *, sessions: Script_ = ()) -> IssueRef:
        issue = self.open_issue(title, body, sessions=sessions)
        self.label(issue)
        return issue

    def comment(self, issue: IssueRef, text: str, *, by: str = "ada") -> Comment:
        return self.github.comment(issue.repository, issue.number, text, by=by)

    # -- the bot

    def run_until_idle(self, *, seconds: float = PATIENCE, clock: Callable[[], datetime] = utc_now) -> None:
        """Let the worker work until nothing moves by itself any more. `clock`: the worker's own, which may be ahead."""
        with self.worker(clock) as worker:
            self.wait_until_idle(worker, seconds=seconds)

    @contextmanager
    def worker(
        self,
        clock: Callable[[], datetime] = utc_now,
        *,
        services: Services | None = None,
        longest_sleep: float = 0.5,  # what a story changes behind its back wakes no worker
    ) -> Iterator[threading.Thread]:
        """The worker at work while the block runs. What it raises is raised here. `services`: others than the world's;
        `longest_sleep`: seconds."""
        stop, raised = StopRequest(), list[BaseException]()
        worker = build_worker(services or self.services, clock)
        worker.longest_sleep = longest_sleep

        def work() -> None:
            try:
                worker.run(stop)
            except BaseException as error:  # noqa: BLE001 - handed to the test below
                raised.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield thread
        finally:
            stop.asked.set()
            thread.join(within(PATIENCE))
        if raised:
            raise raised[0]
        assert not thread.is_alive(), "the worker did not stop"

    def wait_until_idle(self, worker: threading.Thread, *, seconds: float = PATIENCE) -> None:
        self.wait_until(lambda: self.is_idle(worker), seconds=seconds, look_after=_LOOK_FOR_IDLE)

    def wait_until(self, happened: Any, *, seconds: float = PATIENCE, look_after: float = _LOOK_ANYWAY) -> None:
        """Look when the ledger has changed, and each `look_after` seconds."""
        started, version = time.monotonic(), self._changes.version()
        while not happened():
            waited = time.monotonic() - started
            assert waited < seconds or waited < within(seconds), f"after {seconds:.0f} s; tasks: {self.tasks()}"
            self._changes.wait(since=version, most=look_after)
            version = self._changes.version()

    def wait_until_held(self, hold: Hold) -> None:
        """Until the request has come that it holds. The story says when it goes on: a delay of some seconds may be over
        before a busy machine has come to what is to happen meanwhile."""
        self.wait_until(lambda: hold not in self.github.faults.left)

    def is_idle(self, worker: threading.Thread) -> bool:
        if not worker.is_alive():
            return True
        self.github.wait_delivered()
        if not sleeps(worker):  # it has not looked at everything yet: the periodic pass takes many rounds
            return False
        # Time alone brings nothing to rest: it ends waits and pauses. So what moved moves until the ledger changes.
        if (version := self._changes.version()) is not None and version == self._moving_at:
            return False
        is_idle = self._is_at_rest(read_view(self.services.store, utc_now()))
        self._moving_at = None if is_idle else version
        return is_idle

    def _is_at_rest(self, view: View) -> bool:
        return view.quiet and not (self._still_moves(view) if self._is_paused() else view.moving(utc_now()))

    def _still_moves(self, view: View) -> bool:
        """While the whole queue waits, only what runs already gets on."""
        return any(task.state is State.RUNNING for task in view.tasks)

    def _is_paused(self) -> bool:
        with self.services.store.read() as ledger:
            return self.services.queue.pause(ledger, utc_now()) is not None

    # -- what people see

    def tasks(self) -> dict[int, str]:
        with self.services.store.read() as ledger:
            return {task.issue.number: task.state.value for task in ledger.tasks.in_states()}

    def task(self, issue: IssueRef) -> Task:
        with self.services.store.read() as ledger:
            task = ledger.tasks.find(issue)
        assert task is not None, f"{issue} is no task"
        return task

    def state(self, issue: IssueRef) -> State:
        return self.task(issue).state

    def failure(self, issue: IssueRef) -> FailureKind | None:
        """Why its task failed last; None if it did not, or is no task yet."""
        with self.services.store.read() as ledger:
            task = ledger.tasks.find(issue)
        return None if task is None else task.failure

    def labels(self, issue: IssueRef) -> set[str]:
        return set(self.github.issue(issue.repository, issue.number).labels)

    def bot_comments(self, issue: IssueRef) -> list[str]:
        found = self.github.comments(issue.repository, issue.number)
        return [comment.body for comment in found if comment.author == BOT]

    def status(self, issue: IssueRef) -> str:
        """The text of the one status comment."""
        found = [body for body in self.bot_comments(issue) if read_status(body) is not None]
        assert len(found) == 1, f"{len(found)} status comments on {issue}"
        return found[0]

    def replies(self, issue: IssueRef) -> list[str]:
        return [
            body for body in self.bot_comments(issue) if read_status(body) is None and read_notice(body, issue) is None
        ]

    def notices(self, issue: IssueRef) -> list[str]:
        """The comments that notify a person of their turn, without their tags."""
        found = [body for body in self.bot_comments(issue) if read_notice(body, issue) is not None]
        return [body.partition("\n\n<!--")[0] for body in found]

    def pull_requests(self) -> list[PullRequest]:
        return list(self.github.pull_requests(REPOSITORY))

    def files(self, issue: IssueRef) -> dict[str, bytes]:
        return self.github.files(issue.repository, f"auto/{issue.number}")

    def commands_of(self, issue: IssueRef) -> list[tuple[str, int | None]]:
        with self.services.store.read() as ledger:
            task = ledger.tasks.find(issue)
            return [command for each in ledger.attempts.of(task.id) for command in each.commands] if task else []

    def last_step(self, issue: IssueRef) -> str:
        """What the session under way was last seen to do."""
        with self.services.store.read() as ledger:
            task = ledger.tasks.find(issue)
            return ledger.attempts.progress(task.id)[1] if task else ""

    # -- what holds in every story

    def check(self) -> None:
        """Nothing that GitHub's own description refuses, one state label and one status comment at the most, nothing
        left over on the host."""
        assert not self.github.violations, "\n".join(self.github.violations)
        assert not self.github.unmodelled, "\n".join(self.github.unmodelled)
        for issue in self.github.issues(REPOSITORY):
            states, ref = set(issue.labels) & self.services.labels.states, IssueRef(REPOSITORY, issue.number)
            assert len(states) <= 1, f"#{issue.number} shows {states}"
            check_turn(self.services, ref, shown=states, notices=self.notices(ref), github=self.github)
            assert len([body for body in self.bot_comments(ref) if read_status(body)]) <= 1
        attempts = self.services.settings.data_dir / "attempts"
        assert not list(attempts.glob("*")), "the folder of an attempt was left over"
        with self.services.store.read() as ledger:
            assert not ledger.blockers.find_miscounts()
            assert not ledger.tasks.in_states(State.RUNNING)


@contextmanager
def a_world(folder: Path, **settings: str) -> Iterator[World]:
    """A world with webhooks; POLL_SECONDS is long, so that what happens happened because of a delivery."""
    script = Script()
    with ExitStack() as opened:
        clock = GitHubClock()
        github = opened.enter_context(SimulatedGitHub(folder / "github", clock=clock))
        model = opened.enter_context(SessionedModel(script.answer))
        named = {"REPOSITORIES": REPOSITORY, "WEBHOOK_SECRET": SECRET}
        values = {**settings_for(github, model, folder), **named, **settings}
        services = Services(read_settings(values, folder / ".env"), CLAUDE, sleep=lambda _: None)
        add_people(github, repository=REPOSITORY, bot=BOT)
        add_token(github, services, bot=BOT)
        opened.enter_context(serve_webhooks(github, services, SECRET))
        world = World(github, script, model, services, clock)
        yield world
        world.close()
