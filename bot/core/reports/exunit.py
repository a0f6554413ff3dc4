"""How `mix test` lists every test: by a formatter of ours beside its own.

ExUnit's own output names only what fails. Its `--trace` names every test, runs one after the other, and without time
limits. So the formatter is compiled outside of the repository, with the Elixir that is there, before the command runs;
where that fails, the command runs as it is.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from bot.core.ran import TestResult
from bot.core.reports.report import LONGEST_NAME, Report, collect

EXUNIT_FILE = "exunit.txt"
VARIABLE = "$NIGHTSHIFT_EXUNIT"
"""The arguments, in a variable of the shell that is empty where the formatter could not be compiled."""

_FORMATTER = f"""\
defmodule NightshiftExUnit do
  use GenServer
  @file_name Path.join(__DIR__, "{EXUNIT_FILE}")
  def init(_), do: {{:ok, File.open!(@file_name, [:append, :utf8])}}
  def handle_cast({{:suite_started, _}}, file), do: write(file, "begins")
  def handle_cast({{:suite_finished, _}}, file), do: write(file, "ends")
  def handle_cast({{:suite_finished, _, _}}, file), do: write(file, "ends")
  def handle_cast({{:test_finished, test}}, file) do
    name = test.name |> Atom.to_string() |> String.split() |> Enum.join(" ")
    write(file, word(test.state) <> " " <> inspect(Map.get(test, :module) || Map.get(test, :case)) <> ": " <> name)
  end
  def handle_cast(_, file), do: {{:noreply, file}}
  defp write(file, line) do
    IO.puts(file, line)
    {{:noreply, file}}
  end
  defp word(nil), do: "passed"
  defp word({{state, _}}), do: Atom.to_string(state)
end
"""
_RESULTS = {"passed": TestResult.PASSED, "skipped": TestResult.SKIPPED, "excluded": TestResult.SKIPPED}
_LONGEST_LINE = 4 * LONGEST_NAME


def prepare_exunit(folder: str) -> str:
    """What the shell has to do before; empty where the folder's name cannot stand in an option of Erlang."""
    if re.search(r"[\s\"'$`\\]", folder):
        return ""
    source = f"{folder}/nightshift_exunit.ex"
    return (
        f"printf %s {shlex.quote(_FORMATTER)} > {source} && elixirc -o {folder} {source} > {folder}/compiled 2>&1"
        f' && export ELIXIR_ERL_OPTIONS="${{ELIXIR_ERL_OPTIONS-}} -pa {folder}"'
        " NIGHTSHIFT_EXUNIT='--formatter ExUnit.CLIFormatter --formatter NightshiftExUnit' || true; "
    )


def read_exunit(content: bytes) -> Report | None:
    """Several suites of an umbrella are in one file; one that broke off has no end, and not all of its tests."""
    lines = [line[:_LONGEST_LINE] for line in content.decode(errors="replace").splitlines()]
    begun, ended = lines.count("begins"), lines.count("ends")
    return collect(_results(lines), lists_all=begun == ended) if begun else None


def _results(lines: list[str]) -> Iterator[tuple[str, TestResult]]:
    for line in lines:
        word, _, name = line.partition(" ")
        if name:
            yield name, _RESULTS.get(word, TestResult.FAILED)
