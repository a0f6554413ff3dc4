"""A GitHub with state: its REST API over HTTP, its git over smart HTTP, its webhooks, and pages to look at.

`server.SimulatedGitHub` is the way in. Whatever crosses its API is held against GitHub's own description.
"""
