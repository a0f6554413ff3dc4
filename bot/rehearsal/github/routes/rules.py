"""What rules hold for a branch, and one ruleset."""

from __future__ import annotations

from collections.abc import Mapping

from bot.rehearsal.github import payloads
from bot.rehearsal.github.access import Need
from bot.rehearsal.github.records import Role
from bot.rehearsal.github.routes.table import ApiCall, Reply, route
from bot.rehearsal.github.rulesets import ActiveRule, rules_for
from bot.rehearsal.github.world import Json, not_found


@route("GET", "/repos/{owner}/{repo}/rules/branches/{branch}", Need())
def list_rules_of_branch(call: ApiCall) -> Reply:
    """Whether or not the asking account may bypass them; also for a branch that is not there."""
    source = {"ruleset_source_type": "Repository", "ruleset_source": call.repository.full_name}

    def render(rule: ActiveRule) -> Json:
        return {**_show(rule.kind, rule.parameters), **source, "ruleset_id": rule.ruleset.id}

    return call.page(list(rules_for(call.repository, call.names["branch"])), render)


@route("GET", "/repos/{owner}/{repo}/rulesets/{ruleset_id}", Need())
def get_ruleset(call: ApiCall) -> Reply:
    """Who may bypass it is shown to those alone who may write."""
    ruleset = call.repository.rulesets.get(call.number("ruleset_id"))
    if ruleset is None:
        raise not_found()
    body: Json = {
        "id": ruleset.id,
        "name": ruleset.name,
        "target": "branch",
        "source_type": "Repository",
        "source": call.repository.full_name,
        "enforcement": "active",
        "node_id": payloads.node_id("RRS", ruleset.id),
        "conditions": {"ref_name": {"include": [f"refs/heads/{each}" for each in ruleset.branches], "exclude": []}},
        "rules": [_show(kind, parameters) for kind, parameters in ruleset.rules.items()],
        "created_at": payloads.moment(ruleset.created_at),
        "updated_at": payloads.moment(ruleset.created_at),
    }
    if call.login is not None and (call.login in ruleset.bypass or call.repository.role(call.login) >= Role.WRITE):
        body["current_user_can_bypass"] = "always" if call.login in ruleset.bypass else "never"
    return Reply(body=body)


def _show(kind: str, parameters: Mapping[str, object]) -> Json:
    return {"type": kind, "parameters": dict(parameters)} if parameters else {"type": kind}
