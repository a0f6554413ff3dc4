"""Who asks: the operator on this host, or a person whom GitHub knows and who has a role in a repository here."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from flask import g, request

from bot.adapters.github import GitHubFailed
from bot.adapters.github.sign_in import GitHubSignIn
from bot.adapters.signed_in import SignedIn, SignedInPeople, name_of
from bot.core.approval_events import OPERATOR
from bot.core.facts import Actor
from bot.core.rights import Right, Rights
from bot.dashboard.access.seals import Seals
from bot.dashboard.viewer import Viewer, is_local, is_unmarked

_log = logging.getLogger(__name__)

SESSION = "__Host-nightshift"
"""The cookie with the session's secret. Browsers keep one of this name only with TLS, and for the whole host alone."""

RIGHTS_LAST = timedelta(minutes=3)
FORM_LASTS = timedelta(hours=12)
_FORM = "form"
_AT_ONCE = 8  # repositories that are asked about at the same time
_ASKING = 2  # requests of people that wait for GitHub: the other threads of the process take deliveries
_FORBIDDEN = 403


class CannotAsk(Exception):
    """GitHub does not say what a person may see, so nothing is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """`sign_in`: None where it is not set up. `served`: the repositories, by their present names; `find_right`: what a
    person may do in one. Both ask GitHub. `hidden_proxy`: a file that is there once a request from elsewhere looked as
    if it came from this host. `patience`: seconds for which one waits while too many others wait for GitHub."""

    people: SignedInPeople
    seals: Seals
    sign_in: GitHubSignIn | None
    public_url: str | None
    served: Callable[[], Collection[str]]
    find_right: Callable[[str, Actor], Right]
    hidden_proxy: Path
    clock: Callable[[], datetime]
    patience: float = 2.0
    _asking: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(_ASKING))

    def find_viewer(self) -> Viewer | None:
        """Looked for once in each request. Raises CannotAsk."""
        if "viewer" not in g:
            g.viewer = self._find_viewer()
        return cast("Viewer | None", g.viewer)

    def _find_viewer(self) -> Viewer | None:
        if self.is_operator():
            return Viewer(name=OPERATOR, reads=None, writes=None, form_token=self._make_token(OPERATOR))
        found = self.find_signed_in()
        if found is None:
            return None
        rights = self._rights_of(found)
        token = self._make_token(name_of(self.secret))
        return Viewer(name=found.person.login, reads=rights.reads, writes=rights.writes, form_token=token)

    def is_operator(self) -> bool:
        return is_local(request) and not self.hidden_proxy.exists()

    def is_deceived(self) -> bool:
        """Whether the present request looks as the operator's, where requests from elsewhere do, too."""
        return is_local(request) and self.hidden_proxy.exists()

    def find_signed_in(self) -> SignedIn | None:
        """Who shows a session's secret at the public address."""
        return self.people.find(self.secret, self.clock()) if self.secret and self.is_public() else None

    def find_person(self) -> Actor | None:
        """In whose name something is done; None for the operator."""
        found = None if self.is_operator() else self.find_signed_in()
        return None if found is None else found.person

    @property
    def secret(self) -> str:
        return request.cookies.get(SESSION, "")

    def is_public(self) -> bool:
        """Whether it was asked by the name of the public address. No other name has cookies of ours."""
        host = request.headers.get("Host", "").lower().removesuffix(":443")
        return self.public_url is not None and host == urlsplit(self.public_url).netloc.lower()

    def note_genuine(self) -> None:
        """The present request is GitHub's, so it comes from elsewhere. If nothing but its name shows that, anybody's
        request can look as the operator's."""
        if not self.hidden_proxy.exists() and is_unmarked(request):
            self.hidden_proxy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.hidden_proxy.touch()
            _log.error("a delivery of GitHub looks as if it came over loopback, so the dashboard trusts no request")

    def is_own_token(self, token: str) -> bool:
        """Whether this is the token of the present viewer's forms."""
        binding = OPERATOR if self.is_operator() else name_of(self.secret)
        return (self.seals.open(_FORM, token) or {}).get("for") == binding

    def own_origin(self) -> str:
        """Of the pages that the present viewer has."""
        return f"http://{request.headers.get('Host', '')}" if self.is_operator() else self.public_url or ""

    def find_right_now(self, repository: str) -> Right:
        """What the present viewer may do there at this moment. Raises CannotAsk."""
        if self.is_operator():
            return Right.WRITE
        found = self.find_signed_in()
        return Right.NONE if found is None else self._ask(found.person, lambda: [repository])[repository]

    def ask_rights(self, person: Actor) -> Rights:
        """Raises CannotAsk."""
        return Rights.of(self._ask(person, self.served))

    def _ask(self, person: Actor, find_names: Callable[[], Collection[str]]) -> dict[str, Right]:
        with self.waiting_for_github(f"what {person.login} may see"), ThreadPoolExecutor(_AT_ONCE) as pool:
            names = find_names()
            return dict(zip(names, pool.map(partial(self._ask_one, person), names), strict=True))

    @contextmanager
    def waiting_for_github(self, what: str) -> Iterator[None]:
        """Raises CannotAsk where GitHub fails, or lets too many wait."""
        if not self._asking.acquire(timeout=self.patience):
            _log.warning("%s is not asked: others wait for GitHub", what)
            raise CannotAsk
        try:
            yield
        except GitHubFailed as error:
            _log.warning("%s cannot be asked: %s", what, error)
            raise CannotAsk from error
        finally:
            self._asking.release()

    def _ask_one(self, person: Actor, repository: str) -> Right:
        """One repository that is closed to the bot does not close the others."""
        try:
            return self.find_right(repository, person)
        except GitHubFailed as error:
            if error.gone or (error.status == _FORBIDDEN and not error.transient):
                return Right.NONE
            raise

    def _rights_of(self, found: SignedIn) -> Rights:
        """As GitHub said some minutes ago at the most."""
        now = self.clock()
        if found.asked_at <= now < found.asked_at + RIGHTS_LAST:
            return found.rights
        rights = self.ask_rights(found.person)
        self.people.note_rights(self.secret, rights, now)
        return rights

    def _make_token(self, binding: str) -> str:
        return self.seals.seal(_FORM, {"for": binding}, FORM_LASTS)
