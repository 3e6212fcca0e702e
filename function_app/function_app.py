"""azlocal on Azure Functions: a timer, Azure's own events, a doorbell, and the fleet to read over HTTP.

Importing this needs no setting and no network: the host imports it to learn what there is. What the functions do is in
`azlocal.function`; how the app is set up is in docs/function.md.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import azure.functions as func
import durable_app

if TYPE_CHECKING:
    from azlocal.function.doors import Door

# Who may call over HTTP is decided by App Service authentication and app roles, not by keys.
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
# They would tell of every request, and azlocal tells of what matters.
for name in ("azure.core", "azure.identity", "msal"):
    logging.getLogger(name).setLevel(logging.WARNING)


def _door() -> Door:
    from azlocal.function.doors import opened

    return opened()


if durable_app.wanted():
    durable_app.register(app)
else:

    @app.timer_trigger(arg_name="timer", schedule="0 7 * * * *")
    def fleet_tick(timer: func.TimerRequest) -> None:
        """Move the fleet one step, every hour."""
        del timer
        _door().timer()

    @app.queue_trigger(arg_name="message", queue_name="azlocal-ticks", connection="AzureWebJobsStorage")
    def asked_tick(message: func.QueueMessage) -> None:
        """Move the fleet one step, because somebody or something asked for it."""
        _door().asked(message.get_body().decode("utf-8", "replace"))


# The payload decides which class comes, whatever is written here: both are read.
@app.event_grid_trigger(arg_name="event")
def resource_written(event: func.EventGridEvent) -> None:
    """Look at the cluster that was written to, record what is there, and ask for a tick."""
    names = ("id", "subject", "event_type", "type")
    told = {name: getattr(event, name, None) for name in names}
    data = event.get_json() if hasattr(event, "get_json") else getattr(event, "data", None)
    _door().event({**told, "eventType": told["event_type"], "data": data})


def _http(route: str, request: func.HttpRequest) -> func.HttpResponse:
    from azlocal.function.http import serve
    from azlocal.function.web import Asked

    headers = {name.lower(): value for name, value in request.headers.items()}
    told = serve(route, Asked(request.method, headers, dict(request.route_params)))
    return func.HttpResponse(told.body, status_code=told.status, headers=dict(told.headers))


@app.route(route="tick", methods=["POST"])
def ring(req: func.HttpRequest) -> func.HttpResponse:
    """Ask for a tick of the fleet."""
    return _http("ring", req)


@app.route(route="ticks/{ticket}", methods=["GET"])
def ticket(req: func.HttpRequest) -> func.HttpResponse:
    """Tell what became of it."""
    return _http("ticket", req)


@app.route(route="fleet", methods=["GET"])
def fleet(req: func.HttpRequest) -> func.HttpResponse:
    """Tell the fleet as the last tick saw it."""
    return _http("fleet", req)


@app.route(route="clusters/{*cluster}", methods=["GET"])
def cluster(req: func.HttpRequest) -> func.HttpResponse:
    """Tell everything about one cluster."""
    return _http("cluster", req)


@app.route(route="report", methods=["GET"])
def report(req: func.HttpRequest) -> func.HttpResponse:
    """Show the fleet's report as a page."""
    return _http("report", req)


@app.route(route="health", methods=["GET"])
def health(req: func.HttpRequest) -> func.HttpResponse:
    """Tell that the app answers, and nothing else."""
    return _http("health", req)
