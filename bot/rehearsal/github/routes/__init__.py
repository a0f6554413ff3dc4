"""The operations that the simulation answers. Importing this fills the table."""

from __future__ import annotations

from bot.rehearsal.github.routes import (
    actions,
    apps,
    assignees,
    checks,
    code,
    deliveries,
    issues,
    labels,
    locks,
    oauth,
    objects,
    pulls,
    relations,
    repositories,
    requested,
    reviews,
    rules,
    stacks,
    users,
)
from bot.rehearsal.github.routes.table import ROUTES, ApiCall, Reply, Route

__all__ = [
    "ROUTES",
    "ApiCall",
    "Reply",
    "Route",
    "actions",
    "apps",
    "assignees",
    "checks",
    "code",
    "deliveries",
    "issues",
    "labels",
    "locks",
    "oauth",
    "objects",
    "pulls",
    "relations",
    "repositories",
    "requested",
    "reviews",
    "rules",
    "stacks",
    "users",
]
