"""A host that lies gets nothing published but what holds: the control plane judges again what it can see for itself."""

from __future__ import annotations

import os
import subprocess
import tarfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.adapters.object_store import ObjectStore, open_object_store
from bot.adapters.store import Publication
from bot.core.execution import Beat, Ended, Order
from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.tasks import Attempt, State
from bot.steps.attempt_documents import AttemptInput, AttemptResult, HostOutcome, read_document, write_document
from tests.stories.world import World, a_world

Lie = Callable[["Workshop"], "AttemptResult | bytes"]


@dataclass(frozen=True)
class Workshop:
    """Where a host makes its result up."""

    folder: Path
    given: AttemptInput
    objects: ObjectStore

    def git(self, *arguments: str, author: str = "") -> str:
        own = self.given.author
        name, email = (author, f"{author}@example.org") if author else (own.name, own.email)
        people = {
            f"GIT_{who}_{what}": value
            for who in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", name), ("EMAIL", email))
        }
        command, environment = ["git", *arguments], {**os.environ, **people}
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def commit(self, path: str = "made.txt", text: str = "made\n", *, author: str = "", orphan: bool = False) -> str:
        start = ("--orphan", "other") if orphan else ("-B", "work", self.given.found.held.start)
        self.git("checkout", "--quiet", *start)
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text)
        self.git("add", "-A")
        self.git("commit", "--quiet", "-m", "Make it", author=author)
        return self.git("rev-parse", "HEAD")

    def result(self, head: str) -> AttemptResult:
        ref = f"refs/nightshift/parcel/{head}"
        self.git("update-ref", ref, head)
        self.git("bundle", "create", "--quiet", "made.bundle", ref, f"^{self.given.found.default.newest}")
        publication = Publication(
            head=head, replaces="0" * 40, base="elsewhere", title="Another title", body="Made.", summary="Made."
        )
        return AttemptResult(
            name=self.given.name,
            fence=self.given.fence,
            outcome=HostOutcome(state=State.IN_REVIEW, detail="Made."),
            attempt=replace(self.given.attempt, summary="Made.", turns=3, cost_usd=0.5),
            publication=publication,
            commits=self.objects.put(self.folder / "made.bundle"),
        )

    def with_evidence(self, name: str) -> AttemptResult:
        (self.folder / "x").write_text("planted")
        with tarfile.open(self.folder / "evidence.tar", "w") as archive:
            archive.add(self.folder / "x", name)
        return replace(self.result(self.commit()), evidence=self.objects.put(self.folder / "evidence.tar"))

    def of_another(self) -> AttemptResult:
        return replace(self.result(self.commit()), fence=self.given.fence + 1)


LIES: dict[str, tuple[Lie, FailureKind | None]] = {
    "nothing": (lambda host: host.result(host.commit()), None),
    "the author": (lambda host: host.result(host.commit(author="mallory")), FailureKind.AGENT_CRASHED),
    "the base": (lambda host: host.result(host.commit(orphan=True)), FailureKind.AGENT_CRASHED),
    "a workflow": (
        lambda host: host.result(host.commit(".github/workflows/x.yml", "on: push\n")),
        FailureKind.PROTECTED_PATH,
    ),
    "a secret": (
        lambda host: host.result(host.commit("token.txt", f"ghp_{'aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5'}\n")),
        FailureKind.SECRET_DETECTED,
    ),
    "the fence": (Workshop.of_another, FailureKind.AGENT_CRASHED),
    "a pickle": (lambda _: b"\x80\x04cos\nsystem\n(S'true'\ntR.", FailureKind.AGENT_CRASHED),
    "evidence": (lambda host: host.with_evidence("session-1/../../../../planted"), FailureKind.GUARDS_UNPROVEN),
    "a commit": (lambda host: replace(host.result(host.commit()), commits=None), FailureKind.AGENT_CRASHED),
}


@dataclass(slots=True)
class LyingHost:
    world: World
    folder: Path
    objects: ObjectStore
    lies: dict[int, Lie] = field(default_factory=dict)
    ended: dict[str, Ended] = field(default_factory=dict)

    def start(self, order: Order) -> None:
        given = read_document(AttemptInput, self.objects.get(order.reference))
        place = self.folder / order.name
        subprocess.run(["git", "clone", "--quiet", f"{given.web_url}/octo/clock.git", str(place)], check=True)
        made = self.lies[given.task.issue.number](Workshop(place, given, self.objects))
        document = made if isinstance(made, bytes) else write_document(made)
        self.ended[order.name] = Ended(name=order.name, result=self.objects.put(document))

    def watch(self) -> Sequence[Beat | Ended]:
        return list(self.ended.values())

    def stop(self, name: str) -> None:
        pass

    def is_known(self, name: str) -> bool:
        return name in self.ended

    def forget(self, name: str) -> None:
        self.ended.pop(name, None)


def first_attempt(world: World, issue: IssueRef) -> Attempt:
    with world.services.store.read() as ledger:
        return ledger.attempts.of(world.task(issue).id)[0]


def have_ended(world: World, issue: IssueRef) -> bool:
    """Whether its first attempt has; some are tried again a minute later."""
    with world.services.store.read() as ledger:
        task = ledger.tasks.find(issue)
        ended = [each for each in ledger.attempts.of(task.id) if each.finished_at is not None] if task else []
    return bool(ended)


def test_only_what_holds_is_published(tmp_path: Path) -> None:
    """The title, the base and what the push replaces are the control plane's, whatever the host says."""
    with a_world(tmp_path, WORKERS="4", PER_REPOSITORY="4") as world:
        objects = open_object_store(world.services.settings)
        host = LyingHost(world, tmp_path / "hosts", objects)
        host.folder.mkdir()
        world.services = replace(world.services, other_executor=host)
        issues = {name: world.open_issue(f"Lie about {name}") for name in LIES}
        host.lies = {issue.number: LIES[name][0] for name, issue in issues.items()}
        with world.worker():
            for issue in issues.values():
                world.label(issue)
            world.wait_until(lambda: all(have_ended(world, issue) for issue in issues.values()), seconds=180)

        found = {name: first_attempt(world, issue) for name, issue in issues.items()}
        assert {name: each.failure for name, each in found.items()} == {name: kind for name, (_, kind) in LIES.items()}
        shown = world.pull_requests()
        assert [(each.title, each.base) for each in shown] == [("Lie about nothing", "main")]
        assert found["nothing"].cost_usd == 0.5
        assert not list(tmp_path.rglob("planted"))
