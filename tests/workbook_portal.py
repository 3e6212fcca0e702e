"""azlocal installed in a sandbox with its workbook, and a viewer before it: opens it, reads its views, presses buttons."""

from __future__ import annotations

import json
from datetime import timedelta

from azure.core.pipeline.transport import HttpRequest
from installation import ACCOUNT, Installation, SignedIn, push
from workbook_reading import actions, chosen_by_default, fill, queries

from azlocal.app import App, read_settings
from azlocal.automation import read_argument
from azlocal.sandbox import identity

ARM, LOGS = "https://management.azure.com", "https://api.loganalytics.io"


class Portal:
    """The workbook as main.json deployed it over a scenario's fleet, and ticks that fill its tables."""

    def __init__(self, scenario="fleet-small", ticks=0):
        self.place = Installation(scenario)
        self.azure = self.place.azure
        self.control = self.azure.control_group or f"{self.place.group_id.rsplit('/', 1)[0]}/rg-azlocal-control"
        self.outputs = self.place.install(controlGroupId=self.control)
        push(self.place)
        (document,) = self.place.of_type("Microsoft.Insights/workbooks")
        self.content = json.loads(document["properties"]["serializedData"])
        subscriptions = [one["subscriptionId"] for one in self.azure.store.of_type("Microsoft.Resources/subscriptions")]
        self.subscriptions = subscriptions
        self.viewer = SignedIn(self.azure, identity.PERSON_CLIENT)
        for _ in range(ticks):
            self.tick()

    # azlocal beside it

    def app(self):
        told = read_argument([self.outputs["operatorArgument"]]).settings
        credential = SignedIn(self.azure, identity.IDENTITY_CLIENT)
        return App(read_settings(told, {}), {}, transport=self.place.transport, credential=credential)

    def tick(self, hours=1):
        report = self.app().tick()
        self.azure.advance(timedelta(hours=hours))
        return report

    # the viewer

    def send(self, method, url, body):
        audience = f"{url.split('/', 3)[0]}//{url.split('/', 3)[2]}/.default"
        headers = {
            "Authorization": f"Bearer {self.viewer.get_token(audience).token}",
            "Content-Type": "application/json",
        }
        answer = self.place.transport.send(HttpRequest(method, url, headers=headers, data=body))
        if answer.status_code == 429:
            self.azure.clock.sleep(5)
            return self.send(method, url, body)
        return answer.status_code, json.loads(answer.text() or "null")

    def chosen(self, **more):
        """Return what is in the parameters."""
        return chosen_by_default(self.content, **{"Subscriptions": self.subscriptions, **more})

    def tick_job(self):
        """Return the name that the parameter's own query gives the job now."""
        return self.view("TickJob")[0]["value"]

    def ask(self, told, chosen):
        """Return the rows of a query, each by its columns' names."""
        query = fill(told["query"], chosen)
        if told["queryType"] == 1:
            body = {"query": query, "subscriptions": self.subscriptions}
            url = f"{ARM}/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01"
            status, answer = self.send("POST", url, json.dumps(body))
            assert status == 200, (query, answer)
            return answer["data"]
        (workspace,) = (fill(one, chosen) for one in told["crossComponentResources"])
        seconds = chosen[told["timeContextFromParameter"]].text("seconds")
        body = {"query": query, "timespan": f"PT{seconds}S"}
        status, answer = self.send("POST", f"{LOGS}/v1{workspace}/query", json.dumps(body))
        assert status == 200, (query, answer)
        table = answer["tables"][0]
        return [dict(zip([one["name"] for one in table["columns"]], row)) for row in table["rows"]]

    def view(self, name, **more):
        told = next(one for item, one in queries(self.content) if item == name)
        return self.ask(told, self.chosen(**more))

    def press(self, title, row=None, **more):
        """Send what a button sends; return status and answer."""
        action = next(one for _, one in actions(self.content) if one["title"] == title)
        if "{TickJob}" in action["path"] and "TickJob" not in more:
            more["TickJob"] = self.tick_job()
        chosen = self.chosen(**more)
        asked = "&".join(f"{one['key']}={one['value']}" for one in action["params"])
        url = f"{ARM}{fill(action['path'], chosen, row)}?{asked}"
        return self.send(action["httpMethod"], url, fill(action["body"], chosen, row).encode())

    def tags(self, scope):
        return dict(self.azure.store.get(scope).get("tags") or {})

    def jobs(self):
        return self.place.of_type(f"{ACCOUNT}/jobs")
