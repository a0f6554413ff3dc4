"""Each row of the old key/value table comes into the table of its family, and gives the answers that it gave before."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.store import Baseline, Bookmark, KeptWork, Latest, Ledger, LogMark, Publication, QueueShown
from bot.core.holding_back import Held, Holding
from bot.core.ran import Ran
from bot.core.references import IssueRef
from tests.adapters.old_memory import HERE, THERE, answers, names, words

moments = st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive
digests = st.text("0123456789abcdef", min_size=32, max_size=32)
commits = st.text("0123456789abcdef", min_size=40, max_size=40)
numbers = st.integers(1, 2**40)
publications = st.builds(
    Publication,
    head=commits,
    replaces=st.none() | commits,
    base=names,
    title=words,
    body=words,
    summary=words,
)
kept_works = st.builds(
    KeptWork,
    base=commits,
    head=st.none() | commits,
    session_id=words,
)


@settings(max_examples=25, deadline=None)
@given(comment=numbers, digest=digests, publication=publications, kept=kept_works, head=commits, patch=words)
def test_what_belongs_to_a_task(
    *, comment: int, digest: str, publication: Publication, kept: KeptWork, head: str, patch: str
) -> None:
    fields = {name: getattr(publication, name) for name in ("head", "replaces", "base", "title", "body", "summary")}
    memory = {
        f"comment:{HERE}": f"{comment} {digest}",
        f"publication:{HERE}": json.dumps(fields | {"approved": "7 x"}),
        f"pushing:{HERE}": head,
        f"kept-work:{HERE}": json.dumps(asdict(kept) | {"attempt": 2, "cost_usd": 0.5}),
        f"patch:{HERE}:3": patch,
    }

    def ask(ledger: Ledger) -> None:
        shown = ledger.status_comments.of(HERE)
        assert shown is not None
        assert (shown.comment, shown.digest) == (comment, digest)
        assert ledger.publications.of(7) == (publication, "7 x")
        assert head in ledger.pushes.own_heads(7)
        assert ledger.kept_work.of(HERE) == kept
        assert ledger.refused_patches.of(7, 3) == patch

    answers(memory, ask)


@settings(max_examples=25, deadline=None)
@given(
    at=st.lists(moments, min_size=5, max_size=5),
    issue=st.sampled_from([HERE, THERE]),
    labels=st.sets(names.filter(lambda name: " " not in name and name != "?")),
    uncommented=st.sampled_from(["yes", ""]),
    command=numbers,
    cancels=st.booleans(),
    marker=names,
)
def test_what_is_known_of_an_issue(
    *,
    at: list[datetime],
    issue: IssueRef,
    labels: set[str],
    uncommented: str,
    command: int,
    cancels: bool,
    marker: str,
) -> None:
    memory = {
        f"saying:{issue} {marker}": at[0].isoformat(),
        f"label:{issue}": " ".join(sorted(labels)),
        f"uncommented:{issue}": uncommented,
        f"edited:{issue}": at[1].isoformat(),
        f"stopped:{issue}": at[2].isoformat(),
        f"commanded:{issue}": f"{command} {at[3].isoformat()}" if cancels else f"{command}",
        f"looked:{issue}": at[4].isoformat(),
    }

    def ask(ledger: Ledger) -> None:
        cancelled_at = at[3] if cancels else None
        order = Latest(edited_at=at[1], stopped_at=at[2], command=command, cancelled_at=cancelled_at)
        assert ledger.comments_begun.since(issue, marker) == at[0]
        assert ledger.issues_shown.labels(issue) == frozenset(labels)
        assert ledger.issues_shown.is_uncommented(issue) == bool(uncommented)
        assert ledger.issue_order.latest(issue) == order
        assert ledger.issues_read.at(issue) == at[4]

    answers(memory, ask)


@settings(max_examples=25, deadline=None)
@given(
    at=st.lists(moments, min_size=3, max_size=3),
    etag=words,
    reply=words.filter(bool),
    label=names,
    codes=st.lists(st.tuples(st.integers(0, 255), st.floats(0, 900)), min_size=1).map(tuple),
    digest=digests,
    number=numbers,
    path=names,
)
def test_what_is_known_of_a_repository(
    *,
    at: list[datetime],
    etag: str,
    reply: str,
    label: str,
    codes: tuple[tuple[int, float], ...],
    digest: str,
    number: int,
    path: str,
) -> None:
    repository = HERE.repository
    log = {"since": at[2].isoformat(), "tag": etag, "asked": {"guid": 2}}
    pages = json.dumps([[etag, [1, 2], False]])
    memory = {
        f"issues:{repository}": at[0].isoformat(),
        f"tag of issues:{repository}": etag,
        f"newest of issues:{repository}": at[1].isoformat(),
        f"comments:{repository}": at[0].isoformat(),
        f"labelled:{repository}": pages,
        f"blocker:{THERE}": "unseen",
        f"blocker:{HERE}": f'W/"{digest}"',
        f"command:{number}": repository,
        f"reply:{reply}": "12",
        f"made:{repository} {label}": "yes",
        f"baseline:{repository}:{digest}": json.dumps({"base": "b" * 40, "ran": codes}),
        f"hook:{repository}": str(number),
        f"log:{path}": json.dumps(log),
    }

    def ask(ledger: Ledger) -> None:
        moved = Bookmark(since=at[0], newest=at[1])
        assert ledger.bookmarks.of(repository, "issues") == moved
        assert ledger.bookmarks.of(repository, "comments") == Bookmark(since=at[0], newest=at[0])
        urls = (f"labelled:{repository}", f"blocker:{THERE}", f"blocker:{HERE}")
        cached = [(each.etag, each.value) for url in urls if (each := ledger.http_cache.of(url)) is not None]
        assert cached == [("", pages)], "no task names a blocker that could not be read, and an ETag costs one request"
        assert ledger.commands_seen.has(number)
        assert ledger.replies.unknown([reply, reply + "!"]) == {reply + "!"}
        assert ledger.labels_made.has(repository, label)
        ran = tuple(Ran(code=code, seconds=seconds) for code, seconds in codes)
        assert ledger.baselines.of(repository, digest) == Baseline(base="b" * 40, ran=ran)
        assert ledger.webhooks.numbers([repository]) == {repository: number}
        assert ledger.delivery_logs.of(path) == LogMark(since=at[2], asked={"guid": 2})

    answers(memory, ask)


@settings(max_examples=25, deadline=None)
@given(at=moments, served=st.none() | moments, streak=st.integers(1, 9), reason=words, after=st.none() | numbers)
def test_what_the_queue_knows(
    at: datetime, served: datetime | None, streak: int, reason: str, after: int | None
) -> None:
    held = {"7": {"at": at.isoformat(), "streak": streak, "counted": 1}}
    known = {"held": held, "served": served.isoformat() if served else None, "good": None, "last": 7}
    memory = {"queue:holding": json.dumps(known), "queue:shown": json.dumps({"told": reason, "after": after})}

    def ask(ledger: Ledger) -> None:
        expected = Holding(held={7: Held(at=at, streak=streak, counted=1)}, served=served, good=None, last=7)
        assert ledger.queue_state.holding() == expected
        assert ledger.queue_state.read_shown() == QueueShown(reason=reason, after=after)

    answers(memory, ask)
