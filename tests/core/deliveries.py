"""Payloads of deliveries, as GitHub sends them."""

from __future__ import annotations

USED = (
    *("issues", "issue_comment", "pull_request", "pull_request_review", "pull_request_review_comment"),
    *(
        "check_run",
        "installation",
        "installation_repositories",
        "repository",
        "ping",
        "issue_dependencies",
        "sub_issues",
    ),
)
