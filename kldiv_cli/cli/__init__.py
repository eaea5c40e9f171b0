"""What a person types: click, and nothing that computes."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import click

from kldiv_cli.cli.group import KLDIV
from kldiv_cli.errors import KldivError

OK, TROUBLE, INTERRUPTED, PIPE_CLOSED = 0, 2, 130, 141
PROGRAM = "kldiv"


def main() -> NoReturn:
    """Run, and leave with a named status: the entry point of the shell command."""
    sys.exit(run(sys.argv[1:]))


def run(args: list[str]) -> int:
    """Run one command line and give its exit status.

    click ends with status 1 for usage errors of its own, tracebacks, Ctrl-C and closed pipes; here 1 means that a
    rule failed and nothing else, so click's own `main` is not used.
    """
    try:
        status = _invoked(args)
        _flush_stdout()
    except BrokenPipeError:
        _silence_stdout()
        return PIPE_CLOSED
    except OSError as fault:
        return _trouble(f"cannot write: {fault.strerror or fault}", "check the space and the permissions")
    return status


def _invoked(args: list[str]) -> int:
    try:
        if _completes(args):
            return OK
        with KLDIV.make_context(PROGRAM, list(args)) as context:
            KLDIV.invoke(context)
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except KldivError as fault:
        return _trouble(fault.message, fault.remedy)
    except click.ClickException as fault:
        return _trouble(fault.format_message(), "kldiv -h shows every option")
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        raise
    except MemoryError:
        return _trouble("out of memory", "fewer columns (-c), fewer bins (-b), or a machine with more")
    except Exception as fault:  # whatever it is, it is one line and never status 1
        if "--debug" in args:
            import traceback

            traceback.print_exc()
        return _trouble(
            f"internal error: {type(fault).__name__}: {fault}",
            "re-run with --debug and report what it prints",
        )
    return OK


def _completes(args: list[str]) -> bool:
    """Answer a shell that asks for completions."""
    instruction = os.environ.get("_KLDIV_COMPLETE")
    if not instruction:
        return False
    from kldiv_cli.cli.completion import answer

    answer(instruction)
    return True


def _trouble(message: str, remedy: str) -> int:
    """Say what is wrong and what to do, on stderr."""
    from kldiv_cli.cli.streams import error_text

    if sys.stderr is not None:
        try:
            sys.stderr.write(error_text(message, remedy))
            sys.stderr.flush()
        except OSError:
            return TROUBLE  # nobody listens: the status still tells
    return TROUBLE


def _flush_stdout() -> None:
    if sys.stdout is not None:
        sys.stdout.flush()


def _silence_stdout() -> None:
    """Let the interpreter's last flush go nowhere: the reader of the pipe went away."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
    os.close(devnull)
