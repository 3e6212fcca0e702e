"""The commands by name, each imported only when it is run."""

from __future__ import annotations

from importlib import import_module

import click

from azlocal import __version__

COMMANDS = {
    "census": ("azlocal.cli.census:census", "List every cluster: where it stands and what is decided."),
    "explain": ("azlocal.cli.explain:explain", "Explain one cluster: verdict, what to do, evidence."),
    "fixes": ("azlocal.cli.fixes:fixes", "List what is to be done, by whom, for which clusters."),
    "validation": ("azlocal.cli.validation:validation", "Show the validator's tests against fleet or machines."),
    "diagnose": ("azlocal.cli.diagnose:diagnose", "Tell why a cluster failed, or what a pasted error means."),
    "status": ("azlocal.cli.status:status", "Show rings, what is in flight, halted, waiting for a person."),
    "watch": ("azlocal.cli.watch:watch", "Watch the fleet move: rings, progress, steps, likely ends."),
    "forecast": ("azlocal.cli.forecast:forecast", "Foresee starts and finishes, windows, and what never fits."),
    "report": ("azlocal.cli.report:report", "Write a page, a sheet, JUnit, one change's evidence."),
    "plan": ("azlocal.cli.plan:plan", "Draft and check a fleet plan; its JSON Schema."),
    "preflight": ("azlocal.cli.preflight:preflight", "Look at all that a first tick needs; nothing is written."),
    "probe": ("azlocal.cli.probe:probe", "Compare Azure's answers with what azlocal assumes."),
    "tick": ("azlocal.cli.tick:tick", "Move the fleet one step: observe, decide, act, record."),
    "approve": ("azlocal.cli.approve:approve", "Approve a ring for the plan and members as they are."),
    "hold": ("azlocal.cli.hold:hold", "Keep a cluster from being started."),
    "release": ("azlocal.cli.hold:release", "Take a hold off."),
    "pause": ("azlocal.cli.pause:pause", "Stop every start of the fleet."),
    "resume": ("azlocal.cli.pause:resume", "Lift the pause, or allow one retry of a failed cluster."),
    "attest": ("azlocal.cli.attest:attest", "State for one cluster what Azure cannot show."),
    "inputs": ("azlocal.cli.inputs:inputs", "Draft, check and convert upgrade inputs."),
    "rules": ("azlocal.cli.rules:rules", "List the rules behind every verdict, or show one."),
    "demo": ("azlocal.cli.demo:demo", "Take a sandbox fleet from census to verified upgrade."),
    "simulate": ("azlocal.cli.simulate:simulate", "Prove the rollout's promises on simulated fleets."),
    "sandbox": ("azlocal.cli.sandbox:sandbox", "Run the local stand-in for Azure."),
}
"""Name → where the click command is, and its line in the help."""


class LazyGroup(click.Group):
    """A group that imports a command when it is run, and knows its help line without importing it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order people need them."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command, or return None for an unknown name."""
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="azlocal-upgrade", message="%(prog)s %(version)s")
def cli() -> None:
    """Take fleets of Azure Local clusters through the solution upgrade.

    CLUSTER is a name, group/name or resource id. Exit codes: 0 done; 1 done, but something failed,
    halted or broke; 2 your input is wrong, nothing was sent; 3 Azure refused, unreachable or incomplete.
    """
