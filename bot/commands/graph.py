"""`nightshift graph`: which tasks wait for which, read without GitHub."""

from __future__ import annotations

import click

from bot.adapters.store import Store
from bot.command_line import as_json, print_json, settings_here, with_ledger
from bot.core.graph import graph_json, graph_lines, graph_mermaid
from bot.core.graph_svg import graph_svg
from bot.task_list import read_graph


@click.command()
@click.argument("repository", required=False)
@click.option("--mermaid", is_flag=True, help="As a drawing in Mermaid's language, which GitHub and editors show.")
@click.option("--svg", is_flag=True, help="As an SVG file for a browser, light and dark.")
@as_json
@with_ledger
def graph(store: Store, repository: str | None, mermaid: bool, svg: bool, as_json: bool) -> None:
    """Which tasks wait for which.

    Of all repositories, or of one (OWNER/REPO).
    """
    if mermaid + svg + as_json > 1:
        raise click.UsageError("--mermaid, --svg and --json print different things; name one of them")
    found = read_graph(store, repository)
    if as_json:
        print_json(graph_json(found))
    elif svg:
        click.echo(graph_svg(found, settings_here().web_url))
    elif mermaid:
        click.echo(graph_mermaid(found, settings_here().web_url))
    elif found.nodes:
        click.echo("\n".join(graph_lines(found)))
    else:
        click.echo("No task waits for another issue.")
