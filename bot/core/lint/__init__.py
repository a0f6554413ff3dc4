"""What a person should know of an issue before it runs unattended, read from its text alone."""

from bot.core.lint.remarks import Remark, RemarkKind, find_remarks
from bot.core.lint.risky_work import Risk

__all__ = ["Remark", "RemarkKind", "Risk", "find_remarks"]
