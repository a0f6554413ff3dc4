"""The settings of object storage, where a fleet leaves what an attempt reads and what it made."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, SecretStr

_BUCKET = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/[A-Za-z0-9!_.*'()/-]*)?")


def _place(value: str) -> str:
    if value.startswith("s3:"):
        if not _BUCKET.fullmatch(value):
            raise ValueError("expected s3://BUCKET/PREFIX")
    elif not Path(value).is_absolute():
        raise ValueError("expected an absolute path of a folder that all hosts see, or s3://BUCKET/PREFIX")
    return value


class ObjectStorage(BaseModel):
    """A part of `Settings` (`bot/adapters/settings.py`). The names of S3's own tools; without keys, the host's role."""

    object_store: Annotated[str, AfterValidator(_place)] | None = None
    aws_access_key_id: str | None = None
    aws_secret_access_key: SecretStr | None = None
    aws_region: str | None = None
    aws_endpoint_url: str | None = None
