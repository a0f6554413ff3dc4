"""How the bot of a night with chaos is installed: its account, its webhooks, and the limits that GitHub enforces."""

from __future__ import annotations

from bot.rehearsal.app_account import become_app
from bot.rehearsal.chaos.plan import Plan
from bot.rehearsal.environment import Environment
from bot.rehearsal.player import Player


def install(plan: Plan, environment: Environment, player: Player, settings: dict[str, str]) -> dict[str, str]:
    """The settings as the plan's circumstances want them, of a bot that has a token and a webhook's secret so far."""
    circumstances = plan.circumstances
    environment.github.enforce_limits(circumstances.limits)
    settings = dict(settings)
    if not circumstances.webhooks:
        del settings["WEBHOOK_SECRET"]
    if circumstances.app:
        repositories = [repository.name for repository in plan.scenario.repositories]
        player.bot, settings = become_app(settings, environment, repositories)
    return settings
