"""What a person types: click, and nothing that computes."""

from __future__ import annotations

import atexit
import gc
import io
import os
import sys
import threading
from typing import NoReturn, TextIO

import click

from kldiv_cli.cli.group import KLDIV
from kldiv_cli.errors import InputError, KldivError

OK, TROUBLE, INTERRUPTED, PIPE_CLOSED = 0, 2, 130, 141
PROGRAM = "kldiv"
_LARGEST_KEPT = 4 << 20
"""Bytes up to which glibc, once it has given so many back, keeps memory for the next array: a page that is fresh costs
more than what is computed in it."""


def main() -> NoReturn:
    """Run, and leave with a named status: the entry point of the shell command.

    A fifth of the time of a small comparison would go to looking for garbage, of which there is next to none, and to
    taking apart at the end what ends anyway. So neither is done, unless something asked to be called at the end. A
    block that is asked for and given back untouched tells the allocator what sizes are to come. Matrices are multiplied
    on one thread, unless the environment says otherwise: to start more costs what small matrices never give back, and
    the last digit would change with the number of cores.
    """
    gc.set_threshold(1_000_000)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    bytes(_LARGEST_KEPT)
    status = run(sys.argv[1:])
    if threading.active_count() == 1 and getattr(atexit, "_ncallbacks", lambda: 1)() == 0:
        if sys.stderr is not None:
            sys.stderr.flush()
        os._exit(status)
    sys.exit(status)


def run(args: list[str]) -> int:
    """Run one command line and give its exit status.

    click ends with status 1 for usage errors of its own, tracebacks, Ctrl-C and closed pipes; here 1 means that a
    rule failed and nothing else, so click's own `main` is not used.
    """
    sys.stdout = ClosedStdout() if sys.stdout is None else _buffered(sys.stdout)
    try:
        status = _invoked(args)
        sys.stdout.flush()
    except BrokenPipeError:
        _silence_stdout()
        return PIPE_CLOSED
    except OSError as fault:
        _silence_stdout()
        place = f" ({fault.filename})" if fault.filename else ""
        return _trouble(args, f"cannot write: {fault.strerror or fault}{place}", "check the space and the permissions")
    return status


def _buffered(stream: TextIO) -> TextIO:
    """The same with a buffer, if Python was told to have none: what a full pipe or disk does not take it would drop."""
    if not (isinstance(stream, io.TextIOWrapper) and isinstance(stream.buffer, io.RawIOBase)):
        return stream
    encoding, errors = stream.encoding, stream.errors
    return io.TextIOWrapper(io.BufferedWriter(stream.detach()), encoding=encoding, errors=errors)


class ClosedStdout(io.TextIOBase):
    """What stands for a stdout that was closed before the start: to write there is an error, not a silence."""

    def write(self, _text: str) -> int:
        """Refuse."""
        raise InputError("stdout is closed", remedy="-o FILE writes to a file")


def _invoked(args: list[str]) -> int:
    try:
        if _completes(args):
            return OK
        with KLDIV.make_context(PROGRAM, list(args)) as context:
            KLDIV.invoke(context)
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except KldivError as fault:
        return _trouble(args, fault.message, fault.remedy)
    except click.ClickException as fault:
        return _trouble(args, " ".join(fault.format_message().split()), "kldiv -h shows every option")
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except OSError:
        raise
    except MemoryError:
        return _trouble(args, "out of memory", "fewer columns (-c), fewer bins (-b), or a machine with more")
    except Exception as fault:  # whatever it is, it is one line and never status 1
        if "--debug" in args:
            import traceback

            traceback.print_exc()
        remedy = "re-run with --debug and report what it prints"
        return _trouble(args, f"internal error: {type(fault).__name__}: {fault}", remedy)
    return OK


def _completes(args: list[str]) -> bool:
    """Answer a shell that asks for completions."""
    instruction = os.environ.get("_KLDIV_COMPLETE")
    if not instruction:
        return False
    from kldiv_cli.cli.completion import answer

    answer(instruction, KLDIV)
    return True


def _trouble(args: list[str], message: str, remedy: str) -> int:
    """Say what is wrong and what to do, on stderr."""
    from kldiv_cli.cli.streams import say_error

    say_error(message, remedy, _color_choice(args))
    return TROUBLE


def _color_choice(args: list[str]) -> str:
    """What ``--color`` asks for, also where the line could not be parsed."""
    for arg, following in zip(args, [*args[1:], ""], strict=False):
        choice = following if arg == "--color" else arg.removeprefix("--color=") if "--color=" in arg else ""
        if choice in ("always", "never"):
            return choice
    return "auto"


def _silence_stdout() -> None:
    """Let the interpreter's last flush go nowhere: nobody takes what is left."""
    if isinstance(sys.stdout, ClosedStdout):
        return
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
    os.close(devnull)
