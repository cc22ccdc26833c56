"""The `sanitize` command: its subcommands, and the net under all of them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from sanitize.cli import (
    audit,
    check,
    contract,
    demo,
    doctor,
    evaluate,
    files,
    output,
    policy,
    train,
)
from sanitize.errors import SanitizeError
from sanitize.version import __version__

#: Exit codes; a shell adds 128 to the number of the signal that ended a program.
ERROR, INTERRUPTED, BROKEN_PIPE = 2, 128 + 2, 128 + 13

app = typer.Typer(
    help="Check untrusted input before a model sees it.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("check")(check.check)
app.command("contract")(contract.contract)
app.command("demo")(demo.demo)
app.command("doctor")(doctor.doctor)
app.command("eval")(evaluate.evaluate)
app.command("hash")(files.hash_files)
app.command("train")(train.train)
app.command("verify")(files.verify)
app.add_typer(policy.app, name="policy")
app.add_typer(audit.app, name="audit")


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of errors.")] = False,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> int:
    """Check untrusted input before a model sees it."""
    if version:
        typer.echo(f"sanitize {__version__}")
        raise typer.Exit(0)
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(ERROR)
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: as after the program's name; those of this process if None.

    Returns:
        The exit code: 0 all allowed, 1 something blocked or failed, 2 an
        error, 130 interrupted, 141 nobody read the output.
    """
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    output.prepare_streams()
    try:
        code = app(arguments, prog_name="sanitize", standalone_mode=False)
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except (BrokenPipeError, SystemExit):  # typer turns the former into the latter
        output.abandon_stdout()
        return BROKEN_PIPE
    except Exception as error:
        if arguments[:1] == ["--debug"]:
            raise
        return _explain(error)
    return int(code or 0)


def _explain(error: Exception) -> int:
    """One line for a person, instead of a traceback."""
    usage = getattr(error, "format_message", None)  # what the command line parser raises
    if usage is not None:
        output.complain(f"{usage()} (see: sanitize --help)")
    elif isinstance(error, SanitizeError):
        output.complain(f"{error} [{error.code}]")
    else:
        name = type(error).__name__
        output.complain(f"unexpected {name}; for the traceback: sanitize --debug COMMAND …")
    return ERROR
