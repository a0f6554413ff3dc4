"""The manifest from which GitHub registers Nightshift's App: what it may do, and which events it receives.

GitHub's page "Registering a GitHub App from a manifest" describes the parameters.
"""

from __future__ import annotations

from typing import Any

PERMISSIONS = {
    "contents": "write",
    "issues": "write",
    "pull_requests": "write",
    "checks": "write",
    "statuses": "read",
    "actions": "read",
    "metadata": "read",
}
"""`workflows` is left out on purpose: GitHub itself then refuses a push that changes a workflow. `statuses` and
`actions` are read to repair failing checks; the logs of jobs need `actions`."""

EVENTS = (
    "issues",
    "issue_comment",
    "issue_dependencies",
    "sub_issues",
    "pull_request",
    "pull_request_review",
    "pull_request_review_comment",
    "repository",
)
"""Those of `bot/core/events.py` that an App has to ask for. It gets `check_run`, `installation` and
`installation_repositories` without asking."""

CALLBACK_PATH = "/sign-in/back"
"""Where GitHub sends the browser of a person who signs in to the dashboard."""

HOMEPAGE = "https://github.com/apps"
LONGEST_NAME = 34  # GitHub refuses a longer one


def app_manifest(*, name: str, page: str, public: str | None, webhook: str | None) -> dict[str, Any]:
    """`page`: the address of the local page, to which GitHub sends the browser back. `webhook`: where GitHub sends
    deliveries. `public`: the address of the web server, where people sign in to the dashboard.

    Without a webhook the whole block has to be missing: GitHub refuses one without an address even if it is not
    active (handarbeit/fabrik#1711, alp82/curia#933).
    """
    manifest: dict[str, Any] = {
        "name": name,
        "url": HOMEPAGE,
        "description": "Works off labelled issues with Claude Code, and proves that its guards held.",
        "public": False,
        "redirect_url": f"{page}/registered",
        "setup_url": f"{page}/installed",
        "default_permissions": PERMISSIONS,
    }
    if public is not None:
        manifest["callback_urls"] = [f"{public}{CALLBACK_PATH}"]
    if webhook is None:
        return manifest
    return {**manifest, "default_events": list(EVENTS), "hook_attributes": {"url": webhook, "active": True}}
