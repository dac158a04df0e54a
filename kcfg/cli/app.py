"""The typer application, built from the option table: help, usage errors, completion, odd spellings."""

from __future__ import annotations

import inspect
from functools import cache
from itertools import pairwise
from typing import Annotated, Any

import typer
from typer._click import exceptions as click_exceptions
from typer.core import TyperCommand, TyperGroup
from typer.models import CommandInfo

from kcfg.cli.options import FALSE, TRUE, Argument, Command, Option, spell_out, without_ignored
from kcfg.cli.table import ALIASES, GROUPS, NAMES, SUBGROUPS, call, commands, find
from kcfg.cli.table.looks import environment, looks_at
from kcfg.closest import suggest
from kcfg.errors import KcfgError

_NOT_RUN = 125  # as env and timeout have it
_PROLOGUE = """Plan and apply for kubeconfig, with the secrets in your keyring.

Example: kcfg init && kcfg validate && kcfg render --out ~/.kube/acme
"""


class _Group(TyperGroup):
    """Commands from the table; each becomes a typer command only when it is asked for."""

    prefix = ""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(dict.fromkeys(name.removeprefix(self.prefix).split()[0] for name in self._names()))

    def _names(self) -> list[str]:
        return [name for name in NAMES if name.startswith(self.prefix)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        command, rest = find([*self.prefix.split(), cmd_name])
        if command is not None and not rest:
            return _typer_command(command)
        return _subgroup(cmd_name) if any(name.startswith(f"{cmd_name} ") for name in self._names()) else None

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        for group in GROUPS:
            rows = [
                (name.removeprefix(self.prefix), command.help)
                for name, command in commands(group).items()
                if name.startswith(self.prefix)
            ]
            if rows:
                with formatter.section(group if not self.prefix else "Commands"):
                    formatter.write_dl(rows)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        known = [*self.list_commands(ctx), *(ALIASES if not self.prefix else ())]
        if args and args[0] not in known and not args[0].startswith("-"):
            raise KcfgError(f"unknown command {args[0]!r}", hint=self._hint(ctx, args, known))
        return super().resolve_command(ctx, args)

    def _hint(self, ctx: Any, args: list[str], known: list[str]) -> str:
        from kcfg.cli.table.foreign import meant

        if line := meant([*self.prefix.split(), *args]):
            return f"here that is `kcfg {line}`"
        return suggest(args[0], known, f"`{ctx.command_path} --help` lists the commands")


def _subgroup(name: str) -> Any:
    app = typer.Typer(
        cls=type(f"_{name.title()}Group", (_Group,), {"prefix": f"{name} "}),
        name=name,
        help=SUBGROUPS.get(name, ""),
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    app.callback()(lambda: None)
    app.command("unused")(lambda: None)
    return typer.main.get_group(app)


class _Command(TyperCommand):
    """A command of the table."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """List choices of other packages, too: they are looked for where somebody reads them."""
        command, _ = find(ctx.command_path.split()[1:])
        others = {each.name: each for each in command.options if each.others} if command is not None else {}
        for each in self.params:
            if each.name in others:
                each.metavar = "|".join(others[each.name].known())
        super().format_help(ctx, formatter)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """List the environment variables that the command reads."""
        command, _ = find(ctx.command_path.split()[1:])
        if command is not None and (found := environment(command)):
            with formatter.section("Environment"):
                formatter.write_dl(list(found.items()))


class _Runs(_Command):
    """A command that runs another, whose words stand after `--`."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        return [*super().collect_usage_pieces(ctx), "-- COMMAND..."]


@cache
def _typer_command(command: Command) -> Any:
    def call(**values: Any) -> None:
        raise typer.Exit(run(command, values))

    takes: list[Option | Argument] = [*command.arguments, *command.options]
    if command.rest is not None:
        takes.append(Option(f"--{command.rest.name}", command.rest.help, kind="list", ignored=True))
    parameters = [_parameter(each) for each in takes]
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    call.__annotations__ = {each.name: each.annotation for each in parameters}
    examples = "\n".join(f"  {line}" for line in command.examples)
    also = ", ".join(f"kcfg {alias}" for alias, name in ALIASES.items() if name == command.name)
    paragraphs = [
        command.help,
        f"Also written: {also}." if also else "",
        f"\b\nExamples:\n{examples}" if examples else "",
        command.more,
        looks_at(command),
    ]
    info = CommandInfo(
        command.name,
        cls=_Command if command.rest is None else _Runs,
        callback=call,
        help="\n\n".join(each for each in paragraphs if each),
        context_settings={
            "help_option_names": ["-h", "--help"],
            "ignore_unknown_options": command.name == "credential",
        },
    )
    return typer.main.get_command_from_info(info, pretty_exceptions_short=False, rich_markup_mode=None)


def _parameter(each: Option | Argument) -> inspect.Parameter:
    annotation: Any
    default: Any
    if isinstance(each, Argument):
        kind: Any = list[str] if each.many else str
        default = inspect.Parameter.empty if each.required else None
        annotation = Annotated[kind if each.required else kind | None, typer.Argument(help=each.help)]
    elif each.kind == "bool":
        option = typer.Option(*each.flags, help=each.help, metavar="[=true|false]", hidden=each.ignored)
        default, annotation = None, Annotated[str | None, option]
    elif each.kind == "flag":
        default, annotation = False, Annotated[bool, typer.Option(*each.flags, help=each.help, hidden=each.ignored)]
    else:
        kind = list[str] if each.kind == "list" else str
        default = [] if each.kind == "list" else each.default
        metavar = "|".join(each.choices) or each.metavar or None
        option = typer.Option(*each.flags, help=each.help, metavar=metavar, hidden=each.ignored)
        annotation = Annotated[kind | None, option]
    return inspect.Parameter(each.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def run(command: Command, values: dict[str, Any]) -> int:
    """Check choices, import the command's module and run it; return the exit code."""
    values |= command.preset
    if command.rest is not None:
        values[command.rest.name] = list(values.get(command.rest.name) or [])
        if command.rest.required and not values[command.rest.name]:
            raise _without_rest(f"no {command.rest.name}: it comes after --", command)
    for argument in command.arguments:
        if argument.many:
            values[argument.name] = list(values[argument.name] or [])
    for option in command.options:
        value = values.get(option.name)
        if option.kind == "bool" and value is not None:
            if value not in (*TRUE, *FALSE):
                raise KcfgError(f"{option.flags[-1]}: expected true or false")
            values[option.name] = value in TRUE
        if option.kind == "text" and value is not None and not option.admits(value):
            known = option.known()
            raise KcfgError(
                f"{option.flags[-1]}: {value!r} is not one of {', '.join(known)}",
                hint=suggest(value, known, f"kcfg {command.name} --help"),
            )
        if option.kind == "list":
            values[option.name] = list(value or [])
    return call(command, without_ignored(command, values))


def _without_rest(message: str, command: Command) -> KcfgError:
    """Return the error of a command that runs others and was not told what."""
    return KcfgError(message, hint=f"for example: {command.examples[0]}")


def _show_version(wanted: bool) -> None:
    if wanted:
        from kcfg.cli.version import run as show

        raise typer.Exit(show())


def build() -> Any:
    """Return the command-line application."""
    app = typer.Typer(
        cls=_Group,
        name="kcfg",
        help=_PROLOGUE,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @app.callback()
    def root(
        version: Annotated[
            bool, typer.Option("--version", "-V", help="Print the version.", is_eager=True, callback=_show_version)
        ] = False,
    ) -> None:
        pass

    root.__doc__ = _PROLOGUE
    app.command("version")(lambda: None)
    return typer.main.get_command(app)


def main(argv: list[str]) -> int:
    """Run a command line through typer; usage errors become KcfgError."""
    if not argv:
        from kcfg.cli.everyday import run as show

        return show()
    if argv[0] == "help":
        return main([*argv[1:], "--help"])
    command, words = find(argv)
    if command is None:
        return _call(argv, None)
    try:
        return _call([*command.name.split(), *spell_out(command, words)], command)
    except KcfgError as error:
        # Below are exit codes of the command that was to be run.
        if command.rest is not None and command.rest.required:
            error.exit_code = max(error.exit_code, _NOT_RUN)
        raise


def _flags_of(ctx: Any) -> list[str]:
    """Return the flags of the command that a usage error is about, without those of kubectl's that change nothing."""
    parameters = ctx.command.params if ctx is not None else ()
    return [flag for each in parameters if not getattr(each, "hidden", False) for flag in each.opts]


def _apart(argv: list[str], command: Command | None) -> str:
    """Return `--flag=WORD` where a yes or no stands apart from its option: pflag, like kubectl's, takes none there."""
    asked = {flag for each in command.options if each.kind == "bool" for flag in each.flags} if command else set()
    spelled = ((flag.partition("=")[0], word) for flag, word in pairwise(argv))
    pairs = (f"{flag}={word}" for flag, word in spelled if flag in asked and word in TRUE + FALSE)
    return next(pairs, "")


def _call(argv: list[str], command: Command | None) -> int:
    try:
        code = build().main(args=argv, prog_name="kcfg", standalone_mode=False)
    except click_exceptions.NoArgsIsHelpError as error:
        typer.echo(error.format_message())  # as kubectl alone does
        return 0
    except click_exceptions.UsageError as error:
        path = error.ctx.command_path if error.ctx else "kcfg"
        message = error.format_message().rstrip(".")
        if message.startswith("Got unexpected extra argument"):  # a word too many may be a secret: not quoted
            message = message.partition(" (")[0]
            if command is not None and command.rest is not None:
                raise _without_rest(f"{message}: the {command.rest.name} comes after --", command) from None
            if wish := _apart(argv, command):
                raise KcfgError(f"{message}: a yes or no comes after =", hint=f"write {wish}") from None
        hint = f"`{path} --help` shows what it takes"
        if isinstance(error, click_exceptions.NoSuchOption):
            message = f"no such option: {error.option_name}"
            hint = " ".join(filter(None, (suggest(error.option_name, _flags_of(error.ctx)), hint)))
        raise KcfgError(message, hint=hint) from None
    except typer.Abort:
        return 130
    except SystemExit as error:  # how click ends when the reader of --help went away
        raise BrokenPipeError from error
    return code if isinstance(code, int) else 0
