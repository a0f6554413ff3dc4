"""Every page of the simulated GitHub in a browser: axe finds nothing serious, narrow and wide, light and dark."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import requests

from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.pages import save_pages
from tests.accessible import find_faults, open_page
from tests.browser import a_chromium
from tests.rehearsal.registering import MANIFEST, Registering
from tests.rehearsal.signing_in import CALLBACK, ask
from tests.stories.app_keys import a_key

_SIMILAR = re.compile(r"state-(open|closed)|issues-[3456]")  # as others that are looked at
WIDE = "x" * 200
TEXT = f"""Closes #1. See #1 and `{WIDE}`.

| what | how |
| --- | --- |
| {WIDE} | {"many words " * 20} |

```python
{WIDE} = 1
```

    {WIDE}

> quoted

<details><summary>More</summary>

- [x] done, see #1

</details>
"""


def fill(github: SimulatedGitHub) -> None:
    """An issue and a pull request in each state, with long lines, labels, events, checks and a large change."""
    for title, labels in (("Stays", ("auto", "auto:queued", "bug")), ("Goes", ()), ("Is not planned", ())):
        github.open_issue("octo/tools", title=title, body=TEXT, author="stranger", labels=list(labels))
    github.comment("octo/tools", 1, TEXT, by="maria")
    github.edit_issue("octo/tools", 1, title="Stays, with another title", by="stranger")
    github.close_issue("octo/tools", 2, by="maria")
    github.close_issue("octo/tools", 3, reason="not_planned", by="maria")
    for number, ends in enumerate(("open", "merged", "closed")):
        files = {f"{ends}.py": f"{WIDE}\n" * 30, "README.md": f"# {ends}\n"}
        github.push_commit("octo/tools", f"auto/{number}", files, message=f"Work\n\n{WIDE}", by="bot")
        pull = github.open_pull_request("octo/tools", title=f"Is {ends}", body=TEXT, head=f"auto/{number}", by="bot")
        if ends == "merged":
            github.merge_pull_request("octo/tools", pull.number, by="maria")
        elif ends == "closed":
            github.close_pull_request("octo/tools", pull.number, by="maria")


@pytest.mark.needs("chromium")
def test_no_page_of_the_simulated_github_has_a_serious_fault(careless_github: SimulatedGitHub, tmp_path: Path) -> None:
    fill(careless_github)
    app = careless_github.add_app(7, slug="night", key=a_key(), callback_urls=(CALLBACK,))
    careless_github.sign_in("maria")
    saved = save_pages(careless_github.web_url, tmp_path / "pages").values()
    commits = sorted(file for file in saved if "-commit-" in file.name)
    pages = [file.as_uri() for file in saved if not _SIMILAR.search(file.name) and file not in commits[1:]]
    with requests.Session() as session:
        registered = Registering(careless_github, session, "maria")
        new = registered.post("/settings/apps/new?state=s", {"manifest": json.dumps(MANIFEST)})
        asks = ask(careless_github, session, app)
    assert new.ok
    for name, answer in (("new", new), ("asks", asks)):
        (tmp_path / f"{name}.html").write_text(answer.text)
        pages.append((tmp_path / f"{name}.html").as_uri())
    asked = [f"{careless_github.web_url}{path}" for path in ("/nowhere", "/apps/night/installations/new")]
    with a_chromium() as browser:
        page = open_page(browser)
        found = [fault for address in (*pages, *asked) for fault in find_faults(page, address)]

    assert len(pages) > 10
    assert found == []
