"""`nightshift completion`: what a shell needs to complete commands, options and their values."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

_SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print a shell's completion, to be read where the shell starts.

    bash: eval "$(nightshift completion bash)" in ~/.bashrc; zsh: the same in ~/.zshrc; fish: nightshift completion fish
    > ~/.config/fish/completions/nightshift.fish
    """
    made = get_completion_class(shell)
    assert made is not None  # noqa: S101 - one of click's own
    click.echo(made(context.find_root().command, {}, "nightshift", "_NIGHTSHIFT_COMPLETE").source())
