"""What Temporal keeps of an attempt cannot be read there, and a key can be replaced."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.client import Client

from bot.adapters.executors.attempt_workflow import AttemptEnd
from bot.adapters.executors.connection import Place
from bot.adapters.executors.payloads import InTheClear, UnreadablePayload, converter_of
from bot.adapters.executors.temporal import TemporalExecutor
from bot.core.execution import Order
from tests.adapters.fleet.servers import KEY, Hosts
from tests.adapters.fleet.waiting import wait_for_end, wait_for_run

_NO_DETAILS = 80  # bytes of an encrypted {}
OLD, NEW = b"o" * 32, b"n" * 32


def encode(keys: Sequence[bytes], value: object) -> Payload:
    return asyncio.run(converter_of(keys).encode([value]))[0]


def decode(keys: Sequence[bytes], payload: Payload) -> object:
    return asyncio.run(converter_of(keys).decode([payload]))[0]


def test_nothing_of_an_attempt_is_readable_in_its_history(
    executor: TemporalExecutor, hosts: Hosts, place: Place
) -> None:
    """Input, progress, end and reason, in all that the engine answers. The address of the task's page is."""
    ends = Order(name=f"ends-{uuid.uuid4().hex}", fence=1, reference="wait", page="https://bot.example/tasks/octo/7")
    fails = Order(name=f"fails-{uuid.uuid4().hex}", fence=1, reference="fail")
    hosts.start("only", WORKERS="2")
    executor.start(ends)
    wait_for_run(hosts, ends.name)
    asyncio.run(wait_for_progress(place, ends.name))
    running = asyncio.run(read_all(place, ends.name))
    hosts.let(ends.name)
    executor.start(fails)
    assert wait_for_end(executor, ends.name).result is not None
    assert "heliotrope" in wait_for_end(executor, fails.name).why

    kept = running + asyncio.run(read_all(place, ends.name)) + asyncio.run(read_all(place, fails.name))

    assert b"https://bot.example/tasks/octo/7" in kept
    assert b"binary/encrypted" in kept
    for secret in (b"heliotrope", b"made of", b"turns", b"reference", b"--order", str(hosts.folder).encode()):
        assert secret not in kept, secret


async def wait_for_progress(place: Place, name: str) -> None:
    """The heartbeat with the first line of the child."""
    client = await Client.connect(place.address)
    for _ in range(600):
        activities = (await client.get_workflow_handle(name).describe()).raw_description.pending_activities
        details = [payload for each in activities for payload in each.heartbeat_details.payloads]
        if any(len(each.data) > _NO_DETAILS for each in details):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("no heartbeat had details")


async def read_all(place: Place, name: str) -> bytes:
    """As somebody who has no key: history, description and list."""
    client = await Client.connect(place.address)
    handle = client.get_workflow_handle(name)
    events = [each.SerializeToString() async for each in handle.fetch_history_events()]
    described = (await handle.describe()).raw_description.SerializeToString()
    listed = [each.raw_info.SerializeToString() async for each in client.list_workflows(f"WorkflowId = '{name}'")]
    return b"\0".join([*events, described, *listed])


def test_a_new_key_encrypts_and_the_old_one_still_decrypts() -> None:
    before = encode([OLD], "reference")
    after = encode([NEW, OLD], AttemptEnd(result="reference"))

    assert decode([NEW, OLD], before) == "reference"
    assert decode([NEW], after) == {"result": "reference", "why": "", "lost": False, "again": False}
    assert encode([OLD], "reference").data != before.data


@pytest.mark.parametrize("flipped", [0, 20, -1])
def test_a_wrong_key_and_a_changed_payload_are_refused_in_a_sentence(flipped: int) -> None:
    payload = encode([OLD], "reference")
    with pytest.raises(UnreadablePayload, match=r"it is encrypted with the key [0-9a-f]{12}, and PAYLOAD_KEY holds"):
        decode([NEW], payload)
    data = bytearray(payload.data)
    data[flipped] ^= 1
    with pytest.raises(UnreadablePayload, match="damaged"):
        decode([OLD], Payload(metadata=payload.metadata, data=bytes(data)))


def test_only_a_text_that_is_marked_stays_in_the_clear() -> None:
    """Also for who has no key; and a payload that only claims to be clear text gives its text, no object."""
    shown = encode([OLD], InTheClear("https://bot.example/"))

    assert shown.metadata["encoding"] == b"json/plain"
    assert decode([NEW], shown) == "https://bot.example/"
    assert b"https" not in encode([OLD], "https://bot.example/").data


def test_a_key_has_another_name_than_its_content() -> None:
    assert KEY not in encode([KEY], "x").SerializeToString()
