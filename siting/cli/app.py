"""The verbs of the command line, registered in the order help lists them."""

from __future__ import annotations

from importlib import metadata
from typing import Annotated

import typer

from siting.cli import check, compare, data, doctor, knobs, new, run, verify

APP = typer.Typer(
    name="siting",
    help="Where the next modular AI-compute clusters go, in what order, on which power and which data path, and why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
DATA = typer.Typer(help="Built-in regions.", no_args_is_help=True)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(metadata.version("siting"))
        raise typer.Exit


@APP.callback()
def _siting(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Options of the command itself."""


APP.command("run")(run.run)
APP.command("check")(check.check)
APP.command("verify")(verify.verify)
APP.command("compare")(compare.compare)
APP.command("new")(new.new)
APP.command("knobs")(knobs.knobs)
APP.add_typer(DATA, name="data")
DATA.command("build")(data.build)
APP.command("doctor")(doctor.doctor)
