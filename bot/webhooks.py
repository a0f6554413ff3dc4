"""The webhook receiver: verify the signature over the raw body, store the delivery under its GUID, answer 202.

Nothing else happens with a delivery, and GitHub is not asked: the worker reads the stored ones. A delivery without a
valid signature leaves only a line in the log. The pages for people are in `bot/dashboard`.
"""

from __future__ import annotations

import gc
import hashlib
import hmac
import json
import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Flask, Request, Response, request
from gunicorn.app.base import BaseApplication
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import BadRequest, HTTPException

from bot.adapters.settings import Settings
from bot.adapters.store import Inbox, Store, StoreUnusable
from bot.adapters.store.webhook_registration import Hook, SeenHooks
from bot.core.events import is_used
from bot.dashboard.banner import banner
from bot.steps.queue import Queue
from bot.waking import wake_workers
from bot.wiring import Services, utc_now

if TYPE_CHECKING:
    from bot.dashboard.sources import Sources
    from bot.dashboard.viewer import FindViewer

GUNICORN = {"workers": 2, "worker_class": "gthread", "threads": 4}
MAX_BODY_BYTES = 25 * 1024 * 1024  # GitHub's own limit for a payload
_STORED = 202

_log = logging.getLogger(__name__)
_ALWAYS = Queue()


def create_app(
    store: Store,
    webhook_secret: str | None,
    *,
    queue: Queue = _ALWAYS,
    clock: Callable[[], datetime] = utc_now,
    wake: Callable[[], None] = lambda: None,
    sources: Sources | None = None,
    note_genuine: Callable[[], None] = lambda: None,
) -> Flask:
    """The application over an open ledger. Without a secret no delivery is ever accepted (polling alone works).

    `wake` is called after each stored delivery, so that a worker need not poll the ledger. `sources`: of the
    dashboard; None: there are no pages but the public one. `note_genuine` is called while a delivery is received whose
    signature is GitHub's."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    inbox, hooks = Inbox(store), SeenHooks(store)

    @app.post("/webhook")
    def webhook() -> Response:
        body = _body(request)
        if not is_signed(body, request.headers.get("X-Hub-Signature-256", ""), webhook_secret):
            _log.warning("refused a delivery from %s: wrong or missing signature", request.remote_addr)
            return _answer(401, "the signature is wrong or missing: is WEBHOOK_SECRET the secret of the webhook?")
        note_genuine()
        answer = _receive(request, body, inbox, hooks, clock())
        if answer.status_code == _STORED:
            wake()
        return answer

    _add_probes(app, store, clock)
    app.register_blueprint(banner(store, queue, clock, _add_pages(app, sources)))
    app.register_error_handler(StoreUnusable, _cannot_store)
    app.register_error_handler(HTTPException, _http_error)
    app.after_request(_not_sniffed)
    return app


def _add_pages(app: Flask, sources: Sources | None) -> Callable[[], Response | None]:
    """Returns what answers for `/`."""
    if sources is None:
        return lambda: None
    from bot.dashboard.pages import home, pages  # noqa: PLC0415 - what only receives deliveries does without

    app.register_blueprint(pages(sources))
    return partial(home, sources)


def _add_probes(app: Flask, store: Store, clock: Callable[[], datetime]) -> None:
    """What a service manager asks: whether the process answers, and whether it can store a delivery."""

    @app.get("/healthz")
    def healthz() -> Response:
        return _answer(200, "alive")

    @app.get("/readyz")
    def readyz() -> Response:
        store.require_current()  # a newer program may have migrated the ledger under us
        with store.read() as ledger:
            ledger.pauses.longest(clock())
        return _answer(200, "ready")


def _body(incoming: Request) -> bytes:
    """The whole raw body. Raises BadRequest for one that ends early or has a malformed chunk."""
    try:
        body = incoming.get_data()
    except ParseException as error:
        raise BadRequest(str(error)) from error
    if incoming.content_length is not None and len(body) != incoming.content_length:
        raise BadRequest("body shorter than Content-Length")
    return body


class WebServer(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn in this process. Its workers are forked after the imports, and each of them opens the ledger."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        bind, level = f"{self._settings.host}:{self._settings.port}", self._settings.log_level
        for name, value in {**GUNICORN, "bind": bind, "loglevel": level, "control_socket_disable": True}.items():
            self.cfg.set(name, value)
        if self._settings.log_format == "json":
            from bot.adapters.json_log import GUNICORNS_LOG  # noqa: PLC0415 - few operators ask for it

            for name, value in GUNICORNS_LOG.items():
                self.cfg.set(name, value)

    def load(self) -> Flask:
        from bot.dashboard.access.building import access_of, is_far  # noqa: PLC0415 - what receives deliveries needs none
        from bot.dashboard.access.guard import add_access  # noqa: PLC0415

        services = Services(self._settings)
        secret, wake = services.settings.webhook_secret, partial(wake_workers, services.store, services.wake_folder)
        access = access_of(services.settings, services.store, lambda: services.github, services.clock)
        app = create_app(
            services.store,
            secret.get_secret_value() if secret else None,
            queue=services.queue,
            clock=services.clock,
            wake=wake,
            sources=_sources_of(services, access.find_viewer),
            note_genuine=access.note_genuine if is_far(services.settings.web_url) else lambda: None,
        )
        add_access(app, access, lambda: services.operations, wake)
        if (token := services.settings.metrics_token) is not None:
            from bot.dashboard.metrics import metrics  # noqa: PLC0415 - who does not ask for it pays nothing

            app.register_blueprint(metrics(services.store, services.queue, services.clock, token.get_secret_value()))
        gc.freeze()  # a full collection over all imports would pause every thread
        return app


def _sources_of(services: Services, find_viewer: FindViewer) -> Sources:
    from bot.dashboard.sources import Sources  # noqa: PLC0415 - as above

    return Sources(
        store=services.store,
        queue=services.queue,
        clock=services.clock,
        data=services.settings.data_dir.absolute(),
        web_url=services.settings.web_url,
        workflows=services.settings.temporal_workflows,
        find_viewer=find_viewer,
    )


def is_signed(body: bytes, signature: str, secret: str | None) -> bool:
    """Whether `signature` is `sha256=` and the HMAC of the raw body, compared in constant time.

    https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    """
    if not secret:
        return False
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))


def _receive(incoming: Request, body: bytes, inbox: Inbox, hooks: SeenHooks, now: datetime) -> Response:
    """Store a genuine delivery: 202 once it is stored (also if its GUID is known), 204 if the event is not used."""
    event = incoming.headers.get("X-GitHub-Event", "")
    guid = incoming.headers.get("X-GitHub-Delivery", "")
    if not event or not 0 < len(guid) <= 100:  # noqa: PLR2004 - a GUID has 36
        return _answer(400, "expected the headers X-GitHub-Event and X-GitHub-Delivery")
    payload = _json_object(body)
    if payload is None:
        return _answer(400, "expected a JSON object: set the webhook's content type to application/json")
    if not is_used(event):
        return Response(status=204)
    new = inbox.keep(guid=guid, event=event, payload=body, now=now)
    hooks.note(_hook(incoming, payload))
    return _answer(_STORED, "stored" if new else "known already")


def _hook(incoming: Request, payload: dict[str, Any]) -> Hook:
    repository = payload.get("repository")
    return Hook(
        kind=incoming.headers.get("X-GitHub-Hook-Installation-Target-Type", ""),
        number=incoming.headers.get("X-GitHub-Hook-ID", ""),
        repository=str(repository.get("full_name", "")) if isinstance(repository, dict) else "",
    )


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return payload if isinstance(payload, dict) else None


def _answer(status: int, text: str) -> Response:
    return Response(text + "\n", status=status, mimetype="text/plain")


def _http_error(error: HTTPException) -> Response:
    """Answer HTTP errors with JSON: an HTML page could show the path of the request as markup."""
    answer = Response(json.dumps({"message": error.description or error.name}) + "\n", mimetype="application/json")
    answer.status_code = error.code or 500
    answer.headers.extend((name, value) for name, value in error.get_headers() if name == "Allow")
    return answer


def _not_sniffed(answer: Response) -> Response:
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _cannot_store(error: StoreUnusable) -> Response:
    """503, so that GitHub keeps the delivery as failed and it can be sent again."""
    _log.error("cannot store a delivery: %s", error)
    return _answer(503, "the delivery could not be stored; send it again later")
