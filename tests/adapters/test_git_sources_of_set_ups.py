"""Packages whose source is a repository: git in a set-up fetches what the base commit names, and pushes nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from werkzeug.serving import make_server

from bot.adapters.authority import Authority, authority_of_this_process
from bot.adapters.git import Mirror
from bot.adapters.outside import Outside, Proxy, write_bundle
from bot.adapters.store import Store
from bot.core.checks import CheckStanding
from bot.core.repository_settings import RepositorySettings
from bot.rehearsal.git_http import Access, GitHttp, GitRequest
from bot.steps.cooldown import sources_by_git
from bot.steps.limits import authorization_for_git
from tests.adapters.cells import bubblewrap
from tests.adapters.operator_proxy import a_proxy_to
from tests.adapters.set_ups import SetUps
from tests.git_host import GitHost, commit_files, create_repository, run_git
from tests.stories.real_projects import Judge

REQUIREMENTS = "named @ git+https://github.com/own/named@main\n"
FETCH = """
try() { if "$@" >&2; then echo yes; else echo no; fi; }
{
try git clone -q https://github.com/own/named.git /tmp/a
try git clone -q --filter=blob:none ssh://git@github.com/own/named.git /tmp/b
try git clone -q git@github.com:own/named /tmp/c
try grep -q wanted /tmp/a/it /tmp/b/it /tmp/c/it
try git clone -q https://github.com/own/other /tmp/d
cd /tmp/a
try git push -q https://stranger:secret@github.com/own/named.git HEAD:refs/heads/leak
} > "$OLDPWD/seen" 2> "$PWD/said"
"""


SETTINGS = """
setup: ["sh setup.sh"]
verify: ["grep -q wanted got && ! git clone -q https://github.com/own/named /tmp/y"]
"""
PRIVATE = "a @ git+https://git.corp.example/team/secret\nb @ git+https://git.corp.example/other/hidden.git\n"
FETCH_PRIVATE = """
try() { if "$@" >&2; then echo yes; else echo no; fi; }
{
try git clone -q git@git.corp.example:team/secret.git /tmp/a
try git clone -q https://git.corp.example/other/hidden /tmp/b
try git clone -q https://git.corp.example/team/unnamed /tmp/c
cd /tmp/a
try git push -q https://git.corp.example/team/secret HEAD:refs/heads/leak
} > seen 2> "$PWD/said"
{ env; git config --list; cat /tmp/a/.git/config; cat /proc/[0-9]*/environ; } > "$OLDPWD/found" 2> /dev/null || true
"""
TOKEN = "token-of-the-operator"
FETCH_ONE = "rm -rf /tmp/x got && git clone -q https://github.com/{} /tmp/x && cp /tmp/x/it got\n"
OTHER = f"{REQUIREMENTS}other @ git+https://github.com/own/other@main\n"


@contextmanager
def code_host(
    git_host: GitHost, authority: Authority, asked: list[GitRequest], *, name: str = "github.com", token: str = ""
) -> Iterator[int]:
    """A GitHub that would let anybody push, or those who show the token; yields its port."""

    def authorize(request: GitRequest) -> Access:
        asked.append(request)
        return Access.ALLOWED if not token or request.token == token else Access.UNAUTHENTICATED

    app = GitHttp(root=git_host.root, authorize=authorize, on_push=lambda *_: None, refuse_ref=lambda *_: None)
    server = make_server("127.0.0.1", 0, app, threaded=True, ssl_context=authority.context(name))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.needs("bwrap")
def test_a_set_up_fetches_the_repositories_that_the_base_commit_names(git_host: GitHost, mirror: Mirror) -> None:
    """In all spellings of an address, and none besides. A push is refused by the filter, whatever the host says."""
    folder = git_host.root.parent
    for name in ("own/named", "own/other"):
        create_repository(git_host.root, name, {"it": "wanted\n"})
    authority, asked = authority_of_this_process.__wrapped__(), list[GitRequest]()
    operator = folder / "operator.pem"
    operator.write_bytes(authority.certificate)
    bundle = write_bundle(operator, folder / "outside")
    with code_host(git_host, authority, asked) as place, a_proxy_to(place) as port:
        outside = Outside(proxy=Proxy.of(f"http://127.0.0.1:{port}"), bundle=bundle, folder=folder / "outside")
        set_ups = SetUps(git_host, mirror, folder, outside)
        commit = set_ups.commit({"requirements.txt": REQUIREMENTS, "fetch.sh": FETCH})
        assert sources_by_git(mirror.files(commit), RepositorySettings(), outside) == ("github.com/own/named",)
        assert sources_by_git(mirror.files(commit), RepositorySettings(network=("github.com",)), outside) == ()

        environment = set_ups.provide(commit, "setup: ['cd . && sh fetch.sh']\n")

    assert environment.failure is None, environment.failure
    assert environment.layer is not None
    assert (environment.layer / "tree/seen").read_text().split() == ["yes", "yes", "yes", "yes", "no", "no"]
    assert {(each.repository, each.write) for each in asked} == {("own/named", False)}
    assert any("own/other" in each for each in environment.refused_hosts)


@pytest.mark.needs("bwrap")
def test_a_private_repository_is_fetched_with_a_credential_that_no_cell_gets(git_host: GitHost, mirror: Mirror) -> None:
    """What the base commit names and the operator's setting covers. Sessions and checks have no credential at all."""
    folder = git_host.root.parent
    for name in ("team/secret", "team/unnamed", "other/hidden"):
        create_repository(git_host.root, name, {"it": "wanted\n"})
    authority, asked = authority_of_this_process.__wrapped__(), list[GitRequest]()
    operator = folder / "operator.pem"
    operator.write_bytes(authority.certificate)
    bundle, host = write_bundle(operator, folder / "outside"), "git.corp.example"
    with code_host(git_host, authority, asked, name=host, token=TOKEN) as place, a_proxy_to(place) as port:
        outside = Outside(
            proxy=Proxy.of(f"http://127.0.0.1:{port}"),
            bundle=bundle,
            folder=folder / "outside",
            git_credentials={"git.corp.example/team": authorization_for_git(TOKEN)},
        )
        set_ups = SetUps(git_host, mirror, folder, outside)
        commit = set_ups.commit({"requirements.txt": PRIVATE, "fetch.sh": FETCH_PRIVATE})
        environment = set_ups.provide(commit, "setup: ['cd . && sh fetch.sh']\n")

    assert environment.failure is None, environment.failure
    assert environment.layer is not None
    made = environment.layer / "tree"
    assert (made / "seen").read_text().split() == ["yes", "no", "no", "no"], (made / "said").read_text()
    assert {(each.repository, each.token) for each in asked} == {("team/secret", TOKEN), ("other/hidden", None)}
    assert TOKEN not in (made / "found").read_text()
    assert outside.without_credentials().git_hosts == frozenset()
    assert TOKEN not in repr(outside)


@pytest.mark.needs("bwrap")
@pytest.mark.parametrize(("repository", "is_verified"), [("own/named", True), ("own/other", False)])
def test_a_set_up_that_runs_again_for_a_change_fetches_what_the_base_commit_names(
    git_host: GitHost, repository: str, is_verified: bool
) -> None:
    """Never what the change names. The checks themselves fetch nothing."""
    folder = git_host.root.parent
    for name in ("own/named", "own/other"):
        create_repository(git_host.root, name, {"it": "wanted\n"})
    files = {"requirements.txt": REQUIREMENTS, "setup.sh": FETCH_ONE.format("own/named")}
    bare = git_host.create("octo/own", {**files, ".github/nightshift.yml": SETTINGS})
    changed = {"requirements.txt": OTHER, "setup.sh": FETCH_ONE.format(repository)}
    head = commit_files(bare, "main", changed, "Change")
    run_git("update-ref", "refs/heads/main", f"{head}^", cwd=bare)
    authority, asked = authority_of_this_process.__wrapped__(), list[GitRequest]()
    operator = folder / "operator.pem"
    operator.write_bytes(authority.certificate)
    bundle = write_bundle(operator, folder / "outside")
    ledger = closing(Store.open(f"sqlite:///{folder / 'ledger.db'}"))
    with code_host(git_host, authority, asked) as place, a_proxy_to(place) as port, ledger as store:
        outside = Outside(proxy=Proxy.of(f"http://127.0.0.1:{port}"), bundle=bundle, folder=folder / "outside")
        judge = Judge(sandbox=bubblewrap(), outside=outside, store=store, folder=folder)
        environment, verdict = judge.judge(bare, "octo/own", head, "change")

    assert environment.failure is None, environment.failure
    assert (verdict.standing is CheckStanding.VERIFIED) is is_verified, verdict
    assert {each.repository for each in asked} == {"own/named"}
