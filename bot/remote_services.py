"""What the control plane of a fleet needs to have attempts run on other hosts: neither Claude Code nor a cell."""

from __future__ import annotations

from functools import partial

from bot.adapters.claude.conversations import Conversations
from bot.adapters.executors.opening import open_temporal
from bot.adapters.fingerprints import Fingerprints
from bot.adapters.object_store import ObjectStore, open_object_store
from bot.adapters.sealing import seal
from bot.adapters.settings import Settings
from bot.attempt_services import AttemptServices
from bot.core.payload_keys import read_keys
from bot.core.references import IssueRef
from bot.core.task_history import address
from bot.remote_runner import RemoteRunner
from bot.steps.admission import Admission
from bot.steps.attempt_order import OrderWriter
from bot.steps.limits import known_secrets_of, limits_of
from bot.steps.received_work import ReceivedWork
from bot.steps.watching import Watching
from bot.wiring import Services


def build_remote_runner(services: Services) -> RemoteRunner:
    """Raises ObjectsUnusable."""
    executor = services.other_executor or open_temporal(services.settings)
    parts, objects = AttemptServices(services), open_object_store(services.settings)
    data = services.settings.data_dir.absolute()
    conversations = Conversations(data / "conversations")
    return RemoteRunner(
        record=parts.record,
        executor=executor,
        watching=Watching(executor=executor, monotonic=services.monotonic),
        objects=objects,
        orders=OrderWriter(
            store=services.store,
            preparer=parts.preparer,
            objects=objects,
            conversations=conversations,
            limits=limits_of(services.settings),
            author=parts.preparer.author,
            seal=partial(_seal_token, services),
        ),
        page_of=partial(_page_of, services.settings),
        received=_build_received(services, parts, objects, conversations),
        quiet=services.settings.lease / 3,
    )


def _seal_token(services: Services, name: str, repository: str) -> str | None:
    """An App's token for one repository and for reading. A personal one can write, so it stays here."""
    key = services.settings.payload_key
    if key is None or services.settings.github_app_id is None:
        return None
    return seal(read_keys(key.get_secret_value()), name, services.account.read_token(repository).encode())


def _page_of(settings: Settings, issue: IssueRef) -> str:
    """The dashboard's page of its task; without a public address the issue itself."""
    if settings.public_url is not None:
        return f"{settings.public_url}/tasks/{issue.repository}/{issue.number}"
    return address(settings.web_url, issue)


def _build_received(
    services: Services, parts: AttemptServices, objects: ObjectStore, conversations: Conversations
) -> ReceivedWork:
    return ReceivedWork(
        store=services.store,
        objects=objects,
        admission=Admission(
            store=services.store,
            known=known_secrets_of(services.settings),
            fingerprints=Fingerprints(services.settings.data_dir / "fingerprint.key"),
        ),
        publisher=parts.publisher,
        evidence=services.evidence,
        conversations=conversations,
        mirror=parts.preparer.mirror,
        author=parts.preparer.author,
        web_url=services.settings.web_url,
        clock=services.clock,
    )
