"""The pages on which a person registers an App from a manifest and installs it. The only pages with forms.

GitHub documents the steps in "Registering a GitHub App from a manifest" and "About the setup URL".
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from bot.rehearsal.github.app_records import App, Installation, Registration
from bot.rehearsal.github.manifests import Manifest, check_name, read_manifest
from bot.rehearsal.github.records import Account, Hook, Role
from bot.rehearsal.github.setting import public_key
from bot.rehearsal.github.world import Refused, Repository, World, not_found

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

TEMPLATES = Path(__file__).parent.parent / "templates"
_NEW = re.compile(r"(?:/organizations/([A-Za-z0-9-]+))?/settings/apps/new")
_MADE = re.compile(r"(?:/organizations/([A-Za-z0-9-]+))?/settings/apps")
_INSTALL = re.compile(r"/apps/([a-z0-9-]+)/installations/new")
# A browser applies `form-action` to the address that a form's answer sends it to as well: that of the manifest.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self' {back}"
_FIRST_NUMBER = 90_000


def is_app_page(path: str) -> bool:
    return any(pattern.fullmatch(path) for pattern in (_NEW, _MADE, _INSTALL))


@dataclass(slots=True)
class AppPages:
    """A WSGI application. `add_webhook` makes an App's hook, and pings it."""

    world: World
    add_webhook: Callable[..., Hook]
    templates: Environment = field(init=False)

    def __post_init__(self) -> None:
        self.templates = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with self.world.lock:
            response = self._response(Request(environ))
        return response(environ, start_response)

    def _response(self, request: Request) -> Response:
        try:
            person = self._person()
            if match := _NEW.fullmatch(request.path):
                return self._ask_for_name(request, match[1] or person.login)
            if match := _MADE.fullmatch(request.path):
                return self._register(request, match[1] or person.login)
            return self._install(request, request.path.split("/")[2], person)
        except Refused as refusal:
            page = self._page("missing.html", path=request.path, message=refusal.message)
            page.status_code = refusal.status
            return page

    def _person(self) -> Account:
        if self.world.signed_in is None:
            raise Refused(403, "Sign in to GitHub")
        return self.world.account(self.world.signed_in)

    def _ask_for_name(self, request: Request, owner: str) -> Response:
        if request.method != "POST":
            raise not_found()
        text = request.form.get("manifest", "")
        manifest = read_manifest(text)
        back = origin(str(manifest["redirect_url"]))
        state = request.args.get("state", "")
        action = request.path.removesuffix("/new")
        shown = {"owner": owner, "action": action, "manifest": text, "state": state, "name": manifest.get("name", "")}
        return self._page("new_app.html", back=back, **shown)

    def _register(self, request: Request, owner: str) -> Response:
        """GitHub makes the App, and sends the browser back with a code that shows its secrets once."""
        if request.method != "POST":
            raise not_found()
        manifest = read_manifest(request.form.get("manifest", ""))
        slug = check_name(self.world, request.form.get("name", ""))
        self.world.account(owner)
        code = secrets.token_hex(20)
        self.world.registrations[code] = self._make(slug, manifest)
        query = urlencode({"code": code, "state": request.form.get("state", "")})
        return redirect(f"{manifest['redirect_url']}?{query}", 302)

    def _make(self, slug: str, manifest: Manifest) -> Registration:
        pem = make_key()
        app = App(
            id=_FIRST_NUMBER + self.world.next_id(),
            slug=slug,
            public_key=public_key(pem),
            permissions={"metadata": "read", **manifest.get("default_permissions", {})},
            events=tuple(manifest.get("default_events") or ()),
            setup_url=manifest.get("setup_url"),
            client_secret=secrets.token_hex(20),
            callback_urls=tuple(manifest.get("callback_urls") or ()),
            created_at=self.world.now(),
        )
        bot = Account(id=self.world.next_id(), login=app.login, kind="Bot", created_at=app.created_at)
        self.world.apps[app.id] = app
        self.world.accounts[bot.login.lower()] = bot
        hook, secret = manifest.get("hook_attributes"), None
        if hook is not None and hook.get("active", True):
            secret = secrets.token_hex(20)
            self.add_webhook(hook["url"], secret, app=app.id)
        return Registration(app=app, pem=pem, webhook_secret=secret)

    def _install(self, request: Request, slug: str, person: Account) -> Response:
        app = next((app for app in self.world.apps.values() if app.slug == slug), None)
        if app is None:
            raise not_found()
        theirs = [each for each in self.world.repositories.values() if each.role(person.login) >= Role.ADMIN]
        if request.method != "POST":
            back = origin(app.setup_url) if app.setup_url else ""
            return self._page("install_app.html", back=back, app=app, repositories=theirs)
        chosen = [each for each in theirs if each.full_name in request.form.getlist("repository")]
        if not chosen:
            raise Refused(422, "Select at least one repository")
        installation = self._keep_installation(app, chosen)
        query = urlencode({"installation_id": installation.id, "setup_action": "install"})
        return redirect(f"{app.setup_url}?{query}" if app.setup_url else "/", 302)

    def _keep_installation(self, app: App, chosen: list[Repository]) -> Installation:
        installation = Installation(
            id=self.world.next_id(),
            app=app,
            account=chosen[0].owner,
            repositories=tuple(each.full_name for each in chosen),
            permissions=app.permissions,
            created_at=self.world.now(),
        )
        self.world.installations[installation.id] = installation
        return installation

    def _page(self, template: str, *, back: str = "", **values: Any) -> Response:
        text = self.templates.get_template(template).render(**values)
        response = Response(text, content_type="text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = POLICY.format(back=back)
        return response


def make_key() -> str:
    """A private key as GitHub gives it out."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
