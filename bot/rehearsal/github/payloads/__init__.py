"""The world in GitHub's JSON: one function for each kind of object, for answers and webhooks alike."""

from __future__ import annotations

from bot.rehearsal.github.payloads.accounts import app, installation, organization, profile, team, user
from bot.rehearsal.github.payloads.checks import check_run, told_check_run, workflow
from bot.rehearsal.github.payloads.issues import (
    comment,
    event,
    issue,
    pull_request,
    pull_request_simple,
    reaction,
    reactions,
)
from bot.rehearsal.github.payloads.repositories import (
    SIGNATURE,
    association,
    commit,
    label,
    permissions,
    repository,
    repository_url,
    verification,
)
from bot.rehearsal.github.payloads.reviews import review, review_comment
from bot.rehearsal.github.payloads.stacks import place, stack, stack_minimal
from bot.rehearsal.github.payloads.words import moment, node_id

__all__ = [
    "SIGNATURE",
    "app",
    "association",
    "check_run",
    "comment",
    "commit",
    "event",
    "installation",
    "issue",
    "label",
    "moment",
    "node_id",
    "organization",
    "permissions",
    "place",
    "profile",
    "pull_request",
    "pull_request_simple",
    "reaction",
    "reactions",
    "repository",
    "repository_url",
    "review",
    "review_comment",
    "stack",
    "stack_minimal",
    "team",
    "told_check_run",
    "user",
    "verification",
    "workflow",
]
