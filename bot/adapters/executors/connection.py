"""The way to Temporal: where it is, how it is proven, and what went wrong as one sentence."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter
from temporalio.service import RPCError, RPCStatusCode, TLSConfig

from bot.adapters.executors.payloads import UnreadablePayload, converter_of
from bot.adapters.fleet_settings import FleetSettings
from bot.core.execution import ExecutorUnreachable
from bot.core.payload_keys import read_keys

_log = logging.getLogger(__name__)
_CONNECT = timedelta(seconds=10)
ANSWER = timedelta(seconds=5)
_LOOK = 5.0
_REFUSED = frozenset({RPCStatusCode.UNAUTHENTICATED, RPCStatusCode.PERMISSION_DENIED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """The files of a certificate; `server_name`: which name the server's has to be for, if not the address's."""

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    server_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`queue`: the beginning of the names of this bot's task queues, which tells bots in one namespace apart."""

    address: str
    keys: tuple[bytes, ...] = field(repr=False)
    namespace: str = "default"
    queue: str = "nightshift"
    tls: Tls | None = None
    api_key: str | None = field(default=None, repr=False)


def place_of(settings: FleetSettings) -> Place:
    """Raises ExecutorUnreachable where the settings name none."""
    if settings.temporal_address is None or settings.payload_key is None:
        raise ExecutorUnreachable("TEMPORAL_ADDRESS is not set: there is no Temporal to ask")
    tls = Tls(
        ca=settings.temporal_tls_ca_file,
        certificate=settings.temporal_tls_cert_file,
        key=settings.temporal_tls_key_file,
        server_name=settings.temporal_tls_server_name,
    )
    return Place(
        address=settings.temporal_address,
        namespace=settings.temporal_namespace,
        queue=settings.temporal_queue,
        tls=tls if settings.uses_tls else None,
        api_key=None if settings.temporal_api_key is None else settings.temporal_api_key.get_secret_value(),
        keys=read_keys(settings.payload_key.get_secret_value()),
    )


async def connect(place: Place, identity: str) -> Client:
    """A client of a namespace that exists and takes this client. Raises ExecutorUnreachable."""
    try:
        client = await Client.connect(
            place.address,
            namespace=place.namespace,
            api_key=place.api_key,
            tls=_read_tls(place.tls),
            data_converter=converter_of(place.keys),
            identity=identity,
            connect_timeout=_CONNECT,
            runtime=_runtime(),
        )
    except (RuntimeError, OSError) as error:  # the SDK raises RuntimeError for whatever keeps it from connecting
        with_tls = "with TLS" if place.tls is not None else "without TLS"
        raise ExecutorUnreachable(f"Temporal at {place.address} cannot be reached {with_tls}: {error}") from error
    await _require_answer(client, place)
    return client


async def _require_answer(client: Client, place: Place) -> None:
    with explain_errors(place):
        asked = DescribeNamespaceRequest(namespace=place.namespace)
        await client.workflow_service.describe_namespace(asked, timeout=ANSWER)


async def log_outages(client: Client, place: Place) -> None:
    """For ever. Work that is under way goes on during an outage, so this is only said."""
    was_there = True
    while True:
        await asyncio.sleep(_LOOK)
        try:
            await _require_answer(client, place)
        except ExecutorUnreachable as error:
            if was_there:
                _log.warning("%s; what runs goes on until its lease is over", error)
            was_there = False
        else:
            if not was_there:
                _log.info("Temporal answers again")
            was_there = True


@functools.cache
def _runtime() -> Runtime:
    """Whose log has errors alone: it would warn of each try of each question while Temporal is away."""
    telemetry = TelemetryConfig(logging=LoggingConfig(TelemetryFilter(core_level="ERROR", other_level="ERROR")))
    return Runtime(telemetry=telemetry)


async def require_readable(client: Client, place: Place) -> None:
    """The newest order can be read with PAYLOAD_KEY: a host with another key would fail each one that it takes.
    Raises ExecutorUnreachable."""
    with explain_errors(place):
        async for each in client.list_workflows(f"TaskQueue = '{place.queue}'", limit=1, rpc_timeout=ANSWER):
            await each.memo()


def _read_tls(tls: Tls | None) -> TLSConfig | bool:
    if tls is None:
        return False
    return TLSConfig(
        server_root_ca_cert=_read(tls.ca),
        client_cert=_read(tls.certificate),
        client_private_key=_read(tls.key),
        domain=tls.server_name,
    )


def _read(path: Path | None) -> bytes | None:
    return None if path is None else path.read_bytes()


@contextmanager
def explain_errors(place: Place) -> Iterator[None]:
    """An error of Temporal as ExecutorUnreachable."""
    try:
        yield
    except RPCError as error:
        raise ExecutorUnreachable(explain(error, place)) from error
    except UnreadablePayload as error:
        raise ExecutorUnreachable(f"what Temporal at {place.address} keeps cannot be read: {error}") from error


def explain(error: RPCError, place: Place) -> str:
    if error.status is RPCStatusCode.NOT_FOUND and "amespace" in error.message:
        return f"Temporal at {place.address} has no namespace {place.namespace}: set TEMPORAL_NAMESPACE, or create it"
    if error.status in _REFUSED:
        return f"Temporal at {place.address} refuses TEMPORAL_API_KEY or the certificate: {error.message}"
    return f"Temporal at {place.address} does not answer: {error.message}"
