"""Completion in bash, zsh, fish and PowerShell."""

from __future__ import annotations

import os

import click
from click.shell_completion import CompletionItem, ShellComplete, add_completion_class, get_completion_class

_POWERSHELL = """\
Register-ArgumentCompleter -Native -CommandName %(prog_name)s -ScriptBlock {
    param($word, $ast, $position)
    $env:%(complete_var)s = "powershell_complete"
    $env:COMP_WORDS = $ast.ToString()
    $env:COMP_WORD = $word
    %(prog_name)s | ForEach-Object {
        $type, $value, $help = $_ -split "`t", 3
        if ($type -eq "file") {
            Get-ChildItem -Name "$value*" | ForEach-Object {
                [System.Management.Automation.CompletionResult]::new($_, $_, "ParameterValue", $_)
            }
        } else {
            [System.Management.Automation.CompletionResult]::new($value, $value, "ParameterValue", $help)
        }
    }
    Remove-Item Env:%(complete_var)s, Env:COMP_WORDS, Env:COMP_WORD
}
"""


class PowerShellComplete(ShellComplete):
    """Completion for PowerShell, which click does not know."""

    name = "powershell"
    source_template = _POWERSHELL

    def get_completion_args(self) -> tuple[list[str], str]:
        """Words before the one being typed, and that one."""
        words = os.environ.get("COMP_WORDS", "").split()
        incomplete = os.environ.get("COMP_WORD", "")
        before = words[1:-1] if incomplete and words[-1:] == [incomplete] else words[1:]
        return before, incomplete

    def format_completion(self, item: CompletionItem) -> str:
        """One line: type, value and help between tabs."""
        return f"{item.type}\t{item.value}\t{item.help or item.value}"


add_completion_class(PowerShellComplete)


def script(shell: str, group: click.Group) -> str:
    """What the shell is to evaluate."""
    return f"{_completer(shell, group).source()}\n"


def answer(instruction: str, group: click.Group) -> None:
    """Answer ``bash_complete``, or print the script for ``bash_source``."""
    shell, _, action = instruction.partition("_")
    completer = _completer(shell, group)
    click.echo(completer.complete() if action == "complete" else completer.source())


def _completer(shell: str, group: click.Group) -> ShellComplete:
    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"there is no completion for {shell}")
    return found(group, {}, "kldiv", "_KLDIV_COMPLETE")
