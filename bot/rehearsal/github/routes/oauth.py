"""What an app may do with the tokens that people let it have; it shows its client secret."""

from __future__ import annotations

from bot.rehearsal.github.routes.table import ApiCall, Reply, route, text
from bot.rehearsal.github.world import invalid, not_found


@route("DELETE", "/applications/{client_id}/token")
def revoke_token(call: ApiCall) -> Reply:
    client, value = call.actor.client, text(call.body, "access_token")
    if client is None or client.client_id != call.names["client_id"]:
        raise not_found()
    token = call.world.tokens.get(value)
    if token is None or token.client != client.client_id:
        raise invalid("OauthAccess", "access_token", "invalid")
    del call.world.tokens[value]
    return Reply(status=204)
