"""A world that goes on with another ledger, as after a lost disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from bot.wiring import Services
from tests.stories.world import World


def ledger_files(world: World) -> list[Path]:
    return list(world.services.settings.data_dir.glob("nightshift.sqlite*"))


@contextmanager
def another_ledger(world: World, content: bytes | None = None) -> Iterator[None]:
    """The ledger is gone, or an older one lies in its place; the processes that had it open have ended."""
    before = world.services
    world.github.wait_delivered()  # the web server is one of those processes
    before.store.close()
    for path in ledger_files(world):
        path.unlink()
    if content is not None:
        (before.settings.data_dir / "nightshift.sqlite").write_bytes(content)
    world.services = Services(before.settings, before.claude)
    with closing(world.services.store):
        yield


def live_on(world: World) -> None:
    """Until nothing moves any more; with an empty ledger nothing does before the first pass is over."""
    before = comments_read(world)
    with world.worker() as worker:
        world.wait_until(lambda: comments_read(world) != before)
        world.wait_until_idle(worker)


def comments_read(world: World) -> int:
    """How often the repository's comments were listed, which is a pass's last question."""
    return sum(each.path == "/repos/octo/clock/issues/comments" for each in world.github.exchanges)
