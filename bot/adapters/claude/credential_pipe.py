"""Hands a session its pass, which no environment and no file ever holds."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from bot.adapters.claude.plan import Credential


@contextlib.contextmanager
def pass_credential(credential: Credential) -> Iterator[tuple[dict[str, str], tuple[int, ...]]]:
    """Pass the secret through a pipe that is empty once the CLI has read it: neither its environment nor that of any
    shell command ever holds it."""
    secret = credential.api_key or credential.oauth_token
    if not secret:
        yield {}, ()
        return
    name = "CLAUDE_CODE_API_KEY_FILE_DESCRIPTOR" if credential.api_key else "CLAUDE_CODE_OAUTH_TOKEN_FILE_DESCRIPTOR"
    reader, writer = os.pipe()
    try:
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(secret.encode())
        yield {name: str(reader)}, (reader,)
    finally:
        os.close(reader)
