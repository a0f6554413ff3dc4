"""How the bot of a night with chaos is installed: its account, its webhooks, and the limits that GitHub enforces."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.rehearsal.chaos.plan import Plan
from bot.rehearsal.environment import Environment
from bot.rehearsal.player import Player

APP = 4242  # the number of the app
_SLUG = "nightshift"


def install(plan: Plan, place: Environment, stage: Player, settings: dict[str, str]) -> dict[str, str]:
    """The settings as the plan's circumstances want them, of a bot that has a token and a webhook's secret so far."""
    circumstances = plan.circumstances
    place.github.enforce_limits(circumstances.limits)
    settings = dict(settings)
    if not circumstances.webhooks:
        del settings["WEBHOOK_SECRET"]
    if circumstances.app:
        del settings["GITHUB_TOKEN"]
        key = _write_key(place.folder / "app.pem")
        app = place.github.add_app(APP, slug=_SLUG, key=key.read_text())
        place.github.install_app(APP, tuple(repository.name for repository in plan.scenario.repositories))
        stage.bot = app.login
        settings |= {"GITHUB_APP_ID": str(APP), "GITHUB_APP_PRIVATE_KEY_FILE": str(key)}
    return settings


def _write_key(path: Path) -> Path:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.TraditionalOpenSSL
    path.touch(mode=0o600)
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    return path
