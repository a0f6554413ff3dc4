"""Work that should not run unattended is found by the words that ask for it; a mention of it is no request."""

from __future__ import annotations

import pytest

from bot.core.lint import Remark, RemarkKind, Risk, find_remarks
from bot.core.messages.remarks import remarks_section
from bot.core.tasks import Snapshot, State


def risks(title: str, body: str = "") -> set[Risk]:
    return {risk for remark in find_remarks(Snapshot(title=title, body=body)) for risk in remark.risks}


RISKY = [
    (Risk.DEPLOYS, "Deploy the new version", ""),
    (Risk.DEPLOYS, "Automate deployment to staging", ""),
    (Risk.DEPLOYS, "Ship it", "Please publish the package to PyPI."),
    (Risk.DEPLOYS, "New release", "Push the image to Docker Hub and run `kubectl apply`."),
    (Risk.DEPLOYS, "Roll out the cache", ""),
    (Risk.DEPLOYS, "Release 2.0 to npm", ""),
    (Risk.DEPLOYS, "Automatically deploy docs to GitHub Pages", ""),
    (Risk.DEPLOYS, "Blue/green deployment of the API", ""),
    (Risk.AUTHENTICATION, "Allow API keys with scopes", ""),
    (Risk.PAYMENTS, "Cancel subscriptions at the end of a period", ""),
    (Risk.WORKFLOWS, "Change the CI to run nightly", ""),
    (Risk.DEPLOYS, "Automate the release: tag and upload wheels", ""),
    (Risk.DEPLOYS, "Terraform: add a second replica", ""),
    (Risk.MIGRATIONS, "Add a column `last_seen` to the users table", ""),
    (Risk.MIGRATIONS, "Upgrade the Postgres schema to v3", ""),
    (Risk.MIGRATIONS, "Add a NOT NULL constraint to orders", ""),
    (Risk.MIGRATIONS, "Switch from MySQL to Postgres", ""),
    (Risk.MIGRATIONS, "Add a migration for the new column", ""),
    (Risk.MIGRATIONS, "Migrate the database to PostgreSQL", ""),
    (Risk.MIGRATIONS, "Split the address", "Drop the `address` column and run ALTER TABLE."),
    (Risk.MIGRATIONS, "Rename database columns", ""),
    (Risk.MIGRATIONS, "Store names apart", "We need to backfill the names."),
    (Risk.AUTHENTICATION, "Add OAuth", "Let people sign in with GitHub."),
    (Risk.AUTHENTICATION, "Rewrite the login", ""),
    (Risk.AUTHENTICATION, "Password reset by mail", ""),
    (Risk.AUTHENTICATION, "Hash passwords with argon2", ""),
    (Risk.AUTHENTICATION, "Replace session tokens by JWT", ""),
    (Risk.AUTHENTICATION, "Two-factor authentication", ""),
    (Risk.AUTHENTICATION, "Change the permission check of the API", ""),
    (Risk.AUTHENTICATION, "Check permissions before showing invoices", ""),
    (Risk.AUTHENTICATION, "Lock accounts after five failed attempts", ""),
    (Risk.AUTHENTICATION, "Let admins impersonate users", ""),
    (Risk.PAYMENTS, "Support Apple Pay", ""),
    (Risk.PAYMENTS, "Charge a late fee on overdue invoices", ""),
    (Risk.PAYMENTS, "Connect the payment provider", ""),
    (Risk.PAYMENTS, "Integrate Stripe", ""),
    (Risk.PAYMENTS, "Integrate Stripe and rewrite the docs", ""),
    (Risk.AUTHENTICATION, "Fix a typo, then rewrite the login", ""),
    (Risk.PAYMENTS, "Refund cancelled orders", ""),
    (Risk.PAYMENTS, "Subscriptions", "The checkout flow should charge the customer each month."),
    (Risk.PAYMENTS, "Change the billing address rules", ""),
    (Risk.USER_DATA, "Delete inactive users", ""),
    (Risk.USER_DATA, "Purge personal data after a year", ""),
    (Risk.USER_DATA, "Account deletion", ""),
    (Risk.USER_DATA, "GDPR", "Users' profiles should be erased on request."),
    (Risk.USER_DATA, "Add a button to delete my account", ""),
    (Risk.USER_DATA, "Delete accounts that were inactive for two years", ""),
    (Risk.USER_DATA, "Anonymise customers after three years", ""),
    (Risk.USER_DATA, "Remove users who never confirmed their email", ""),
    (Risk.USER_DATA, "Truncate audit_log rows older than 90 days", ""),
    (Risk.USER_DATA, "Wipe the staging database every Sunday", ""),
    (Risk.WORKFLOWS, "Cache dependencies in ci.yml", ""),
    (Risk.WORKFLOWS, "Add a GitHub workflow that runs the tests", ""),
    (Risk.WORKFLOWS, "Move the CI to GitLab", ""),
    (Risk.WORKFLOWS, "Run CI on Python 3.13 too", "Extend `.github/workflows/ci.yml`."),
    (Risk.WORKFLOWS, "Add a GitHub Action that runs the linter", ""),
    (Risk.WORKFLOWS, "Fix a typo in .github/workflows/release.yml", ""),
    (Risk.WORKFLOWS, "Speed up the CI pipeline", ""),
    (Risk.WORKFLOWS, "Add Windows to the CI matrix", ""),
]


@pytest.mark.parametrize(("risk", "title", "body"), RISKY)
def test_work_that_a_person_should_watch_is_named(risk: Risk, title: str, body: str) -> None:
    assert risk in risks(title, body)


def test_each_risk_has_examples() -> None:
    assert {risk for risk, _, _ in RISKY} == set(Risk)


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("Fix the spelling on the login page", ""),
        ("Document the deployment", ""),
        ("Add a search and document the login", ""),
        ("Add a test for the password reset", ""),
        (
            "Crash after login",
            "When a user logs in after a deployment, the page is blank. It should show the dashboard.",
        ),
        ("Log a warning when a payment fails", ""),
        ("Migrate from unittest to pytest", ""),
        ("Add a migration guide", ""),
        ("Show the author's login in the list", ""),
        ("Add a search", "Please do not touch the migrations, and do it without a deployment."),
        ("Print the receipt", "It should look like the payment form."),
        ("Remove the user agent header", ""),
        ("Delete temporary files", ""),
        ("Remove unused user interface strings", ""),
        ("Add a delete button icon", ""),
        ("Fix flaky tests of the auth module", ""),
        ("test_price fails", "It fails in GitHub Actions since Monday: `test_price` expects 3."),
        ("Charge the battery icon faster", ""),
        ("Log in JSON", ""),
        ("Check out the branch before the build", ""),
        (
            "Show the currency",
            "## Environment\n\n- production server\n- Stripe 2.1\n\n## Expected\n\nThe currency is shown.",
        ),
        ("Add a column to the table in the README", ""),
        ("Translate the checkout page", ""),
        ("Add a VAT calculation", "> Please delete all users.\n\nAdd `with_vat`."),
        ("Sort rows of the report", "```\nDROP TABLE users;\n```"),
        ("Use `pathlib`", "Before you deploy, use `pathlib` in `store.py`."),
        ("Paint the tooltip of the payment button", ""),
        ("Let `delete()` return the number of rows", ""),
        ("Document the release notes", ""),
        ("Add a FAQ entry on how refunds work", ""),
        ("Log the duration of each migration", ""),
        ("Remove the unused import in payments/__init__.py", ""),
        ("Make the header of the checkout page blue", ""),
        ("Delete data from the form when Escape is pressed", ""),
        ("Add a column for the VAT rate to the price table of the report", ""),
        ("Remove duplicate rows from the CSV export", ""),
        ("Terraform syntax colours in the docs", ""),
    ],
)
def test_a_mention_is_no_request(title: str, body: str) -> None:
    assert risks(title, body) == set()


@pytest.mark.parametrize("risk", Risk)
def test_a_remark_on_risky_work_says_what_becomes_of_it(risk: Risk) -> None:
    """Work on workflow files has no pull request that a person could review."""
    remark = Remark(kind=RemarkKind.RISK, risks=(risk,))
    told = remarks_section([remark], state=State.QUEUED, waits=False)

    assert ("publishes no change of workflow files" in told) == (risk is Risk.WORKFLOWS)
    assert ("its pull request needs a careful review" in told) == (risk is not Risk.WORKFLOWS)
