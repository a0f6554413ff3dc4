"""Whether a form was sent by a page of the dashboard that the viewer sees: any page in the world can send one."""

from __future__ import annotations

from flask import request

from bot.dashboard.access.who import Access


def is_own_form(access: Access) -> bool:
    return _is_same_origin(access.own_origin()) and access.is_own_token(request.form.get("form_token", ""))


def _is_same_origin(origin: str) -> bool:
    """By what browsers say, and no page can change. Without a referrer, which the pages ask for, they may hide the
    origin: https://fetch.spec.whatwg.org/#append-a-request-origin-header"""
    site, sent = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site not in {None, "same-origin"}:
        return False
    if sent in {None, "null"}:
        return site == "same-origin"
    return sent == origin
