"""The events of a night reach a webhook and a mailbox once each, and a receiver that is down delays nothing."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_string
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.receivers import Webhook
from bot.adapters.store import Lane, Store
from bot.core.checkpoints import Checkpoint
from bot.core.tasks import State
from bot.doctor import examine
from bot.steps.notifier import Notifier
from bot.wiring import utc_now
from tests.patience import within
from tests.receivers import Got, a_mail_server, a_webhook
from tests.stories.killed_runs import run_until_killed_at
from tests.stories.world import World, a_world, finish, writes

HOSTILE = "Ask <!channel> =?utf-8?q?x=0ABcc:_eve?="


def events(got: Got) -> list[tuple[str, str | None]]:
    shown = [json.loads(body) for _, body in got.requests]
    return [(each["event"], each["person"]) for each in shown]


def is_sent(world: World, *lanes: Lane) -> Callable[[], bool]:
    def sent() -> bool:
        with world.services.store.read() as ledger:
            return not any(ledger.outbox.size(lane) for lane in (Lane.GITHUB, *lanes))

    return sent


def test_each_turn_is_sent_once_to_both(tmp_path: Path) -> None:
    """Signed, with a text in which the title of an issue commands nothing. What is no person's turn is not sent."""
    with a_webhook() as hook, a_mail_server() as mail:
        settings = {"NOTIFY_URL": hook.address, "NOTIFY_SECRET": "s3cret", "SMTP_URL": f"smtp://{mail.address}"}
        with a_world(tmp_path, NOTIFY_MAIL="ada@example.org", **settings) as world:
            ask = [finish("needs_info", "It is open.", questions=["Which?"])]
            question = world.open_issue(HOSTILE, author="sam", sessions=[ask, [finish("blocked", "No.")]])
            world.label(question)
            world.label_issue("Nothing", sessions=[[finish()]])
            world.label_issue("Do", sessions=[writes("one.txt", "1")])
            with world.worker() as worker:
                world.wait_until_idle(worker)
                world.comment(question, "/status")
                world.comment(question, "/retry")
                world.wait_until_idle(worker)
                world.wait_until(is_sent(world, Lane.WEBHOOK, Lane.MAIL))
            world.check()

    assert sorted(events(hook)) == [("failure", "ada"), ("question", "sam"), ("review", "ada")]
    assert len(mail.mails) == 3
    for headers, body in hook.requests:
        signed = hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
        assert headers["X-Nightshift-Signature-256"] == f"sha256={signed}"
        assert "<!" not in json.loads(body)["text"]
    headers_of_mails = [tuple(message_from_string(text, policy=SMTP).keys()) for _, _, text in mail.mails]
    assert len(set(headers_of_mails)) == 1, "a title added a header"


def test_a_receiver_that_never_answers_delays_nothing_on_github(tmp_path: Path) -> None:
    """Nor the other receiver, nor the end of the worker. Its first request stays open all the time."""
    with a_webhook() as hook, a_mail_server() as mail:
        hook.hangs.set()
        mails = {"SMTP_URL": f"smtp://{mail.address}", "NOTIFY_MAIL": "ada@example.org"}
        with a_world(tmp_path, NOTIFY_URL=hook.address, **mails) as world:
            outbox = world.services.outbox
            patient = {**outbox.receivers, Lane.WEBHOOK: Webhook(url=hook.address, seconds=3600)}
            world.services.__dict__["outbox"] = outbox = replace(outbox, receivers=patient)
            issues = [world.label_issue(f"Issue {n}", sessions=[[finish("blocked", "No.")]]) for n in range(3)]
            with world.worker() as worker:
                world.wait_until_idle(worker)
                world.wait_until(is_sent(world, Lane.MAIL))
            assert [len(world.notices(issue)) for issue in issues] == [1, 1, 1]
            assert len(mail.mails) == 3
            assert len(hook.requests) == 1
            with world.services.store.read() as ledger:
                assert ledger.outbox.size(Lane.WEBHOOK) == 3
            world.check()
            hook.released.set()
            outbox.notifier.wait(within(60))


@pytest.mark.parametrize("refusal", [410, 307])
def test_what_a_receiver_does_not_take_is_sent_again_and_what_it_refuses_is_found_by_doctor(
    tmp_path: Path, refusal: int
) -> None:
    """A redirect is a refusal: what is signed for one address is sent to no other."""
    with a_webhook() as hook, a_webhook() as elsewhere:
        hook.answers, hook.location = [503, 200, refusal], elsewhere.address
        with a_world(tmp_path, NOTIFY_URL=hook.address) as world:
            world.label_issue("One", sessions=[[finish("blocked", "No.")]])
            world.run_until_idle()

            def later() -> datetime:
                return utc_now() + timedelta(minutes=10)

            with world.worker(later):
                world.wait_until(is_sent(world, Lane.WEBHOOK))
            world.label_issue("Two", sessions=[[finish("blocked", "No.")]])
            with world.worker() as worker:
                world.wait_until_idle(worker)
                world.wait_until(is_sent(world, Lane.WEBHOOK))
            found = {each.need: each for each in examine(world.services)}
            world.check()

    sent = [json.loads(body)["id"] for _, body in hook.requests]
    assert sent == ["octo/clock#1/1.task_blocked"] * 2 + ["octo/clock#2/1.task_blocked"]
    assert f"it answered {refusal}" in found["notifications"].says
    assert elsewhere.requests == []
    assert found["NOTIFY_URL"].verdict == "ok"


def test_a_night_without_events_sends_nothing(tmp_path: Path) -> None:
    with a_webhook() as hook:
        with a_world(tmp_path, NOTIFY_URL=hook.address) as world:
            issue = world.label_issue("Nothing", sessions=[[finish()]])
            world.run_until_idle()
            assert world.state(issue) is State.NO_CHANGE
        assert hook.requests == []


@pytest.mark.parametrize("step", [Checkpoint.NOTICE_RECORDED, Checkpoint.NOTIFIED])
def test_after_a_kill_an_event_keeps_its_name(step: Checkpoint, tmp_path: Path) -> None:
    """It may arrive twice, and the receiver can tell."""
    with a_webhook() as hook, a_world(tmp_path, NOTIFY_URL=hook.address, LEASE_SECONDS="5") as world:
        issue = world.label_issue(sessions=[[finish("blocked", "No.")]])
        world.github.wait_delivered()
        run_until_killed_at(step, world, tmp_path)
        with world.worker() as worker:
            world.wait_until_idle(worker)
            world.wait_until(is_sent(world, Lane.WEBHOOK))
        assert {headers["X-Nightshift-Delivery"] for headers, _ in hook.requests} == {
            hook.requests[0][0]["X-Nightshift-Delivery"]
        }
        assert len(world.notices(issue)) == 1
        world.check()


def test_doctor_connects_to_both(tmp_path: Path) -> None:
    """Before the first night, and sends nothing. One that is down stops no task."""
    with ExitStack() as opened:
        hook, mail = opened.enter_context(a_webhook()), opened.enter_context(a_mail_server())
        settings = {"NOTIFY_URL": hook.address, "SMTP_URL": f"smtp://{mail.address}", "NOTIFY_MAIL": "ada@example.org"}
        with a_world(tmp_path, **settings) as world:
            found = []
            for close in (opened.close, list):
                by_need = {each.need: each for each in examine(world.services)}
                found.append([(by_need[name].verdict, by_need[name].stops) for name in ("NOTIFY_URL", "SMTP_URL")])
                close()

    assert found == [[("ok", False)] * 2, [("wrong", False)] * 2]
    assert (hook.requests, mail.mails) == ([], [])


class Silent:
    """A receiver that has not answered yet."""

    setting = "NOTIFY_URL"

    def __init__(self) -> None:
        self.released, self.answered = threading.Event(), threading.Event()

    def send(self, payload: Mapping[str, Any]) -> None:
        self.released.wait(30)
        self.answered.set()

    def check(self) -> str:
        return ""


def test_a_step_waits_for_no_receiver(tmp_path: Path) -> None:
    """Nor does a second step begin while the first event is under way."""
    receiver, reached = Silent(), list[Checkpoint]()
    with closing(Store.open(f"sqlite:///{tmp_path / 'ledger.db'}")) as store:
        with store.transaction() as ledger:
            ledger.outbox.post("webhook:x", kind=Lane.WEBHOOK.value, payload={"json": {}}, now=utc_now())
        notifier = Notifier(
            store=store,
            receivers={Lane.WEBHOOK: receiver},
            clock=utc_now,
            reached=lambda step, _: reached.append(step),
        )
        assert [notifier.step(), notifier.step()] == [False, False]
        assert not receiver.answered.is_set()
        receiver.released.set()
        notifier.wait(within(60))
        with store.read() as ledger:
            assert ledger.outbox.size(Lane.WEBHOOK) == 0
    assert reached == [Checkpoint.NOTIFIED]
