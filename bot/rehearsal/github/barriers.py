"""What closes an account or an organization to a good token, in the words that people have reported.

SAML: it closes to personal tokens, and to no App (docs.github.com, "About authentication with SAML single sign-on").
"""

from __future__ import annotations

from bot.rehearsal.github.access import Actor
from bot.rehearsal.github.records import Barrier
from bot.rehearsal.github.world import Refused, World

_API = {
    Barrier.SAML: (
        "Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this "
        "organization."
    ),
    Barrier.ALLOW_LIST: (
        "Although you appear to have the correct authorization credentials, the `{owner}` organization has an IP allow "
        "list enabled, and your IP address is not permitted to access this resource."
    ),
    Barrier.SUSPENDED: "Sorry. Your account was suspended.",
}
_GIT = {
    Barrier.SAML: (
        "The '{owner}' organization has enabled or enforced SAML SSO.\n"
        "To access this repository, you must re-authorize the personal access token.\n"
    ),
    Barrier.ALLOW_LIST: (
        "The repository owner has an IP allow list enabled, and 127.0.0.1 is not permitted to access this repository.\n"
    ),
    Barrier.SUSPENDED: "Your account is suspended. Please check your email for more information.\n",
}


class BehindBarrier(Refused):
    """`git`: the text that git shows instead."""

    def __init__(self, barrier: Barrier, owner: str) -> None:
        super().__init__(403, _API[barrier].format(owner=owner))
        self.git = _GIT[barrier].format(owner=owner)


def check_barriers(world: World, actor: Actor, owner: str | None) -> None:
    """`owner`: whose repository is asked for, None for the account itself. Raises BehindBarrier."""
    if actor.login is not None and actor.login.lower() in world.suspended:
        raise BehindBarrier(Barrier.SUSPENDED, actor.login)
    barrier = None if owner is None or actor.login is None else world.barriers.get(owner.lower())
    is_app = actor.token is not None and actor.token.installation is not None
    if barrier is not None and owner is not None and not (is_app and barrier is Barrier.SAML):
        raise BehindBarrier(barrier, owner)
