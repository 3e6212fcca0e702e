"""The same ticks by Durable Functions: registered only where the app setting AZLOCAL_DURABLE is true.

What it does is in `azlocal.function.orchestration` and `azlocal.function.durable`.
Source of the programming model: azure-functions-durable 1.7.
"""

from __future__ import annotations

import logging
import os
from typing import Any

import azure.functions as func

SETTING = "AZLOCAL_DURABLE"


def wanted() -> bool:
    """Return whether this app ticks by Durable Functions."""
    return os.environ.get(SETTING, "").strip().lower() in {"true", "1"}


def register(app: func.FunctionApp) -> None:
    """Give *app* the timer, the queue and what they start. The SDK of Durable Functions is imported here."""
    import azure.durable_functions as df

    blueprint = df.Blueprint()
    _starters(blueprint)
    _orchestration(blueprint)
    app.register_functions(blueprint)


def _starters(blueprint: Any) -> None:
    # The binding of a client has to be written as `str`; the decorator hands over the client itself.
    @blueprint.timer_trigger(arg_name="timer", schedule="0 7 * * * *")
    @blueprint.durable_client_input(client_name="client")
    async def fleet_tick(timer: func.TimerRequest, client: str) -> None:
        """Move the fleet one step, every hour, unless the last run still goes on."""
        from azlocal.function.orchestration import FLEET

        del timer
        await _start(client, FLEET, {})

    @blueprint.queue_trigger(arg_name="message", queue_name="azlocal-ticks", connection="AzureWebJobsStorage")
    @blueprint.durable_client_input(client_name="client")
    async def asked_tick(message: func.QueueMessage, client: str) -> None:
        """Move the fleet one step, because somebody or something asked for it."""
        from azlocal.function.doors import ticket_in
        from azlocal.function.orchestration import instance_of

        ticket = ticket_in(message.get_body().decode("utf-8", "replace"))
        if ticket is not None:
            await _start(client, instance_of(ticket), {"ticket": ticket})


async def _start(client: Any, instance: str, told: dict[str, str]) -> None:
    from azlocal.function.orchestration import RUNNING

    known = await client.get_status(instance)
    state = known.runtime_status.name if known is not None and known.runtime_status is not None else ""
    if state in RUNNING:
        logging.getLogger("azlocal.function").warning("%s still goes on; it is not started again", instance)
        return
    await client.start_new("fleet_run", instance, told)


def _orchestration(blueprint: Any) -> None:
    from azlocal.function.orchestration import orchestrate

    def fleet_run(context: Any) -> Any:
        """Observe the fleet in shards, then tick it once."""
        return orchestrate(context)

    blueprint.orchestration_trigger(context_name="context")(fleet_run)
    for name in ("divide", "observe", "act"):
        blueprint.activity_trigger(input_name="given", activity=name)(_activity(name))


def _activity(name: str) -> Any:
    def activity(given: dict) -> dict:  # type: ignore[type-arg]
        from azlocal.function import durable
        from azlocal.function.doors import opened

        return getattr(durable, name)(opened(), given)  # type: ignore[no-any-return]

    activity.__name__ = name
    return activity
