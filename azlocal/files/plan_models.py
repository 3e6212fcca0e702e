"""The keys of a fleet plan and what each may hold: for reading it, and for editors that know JSON Schema.

Only the shape is pydantic's; every single value is read by `plan_values`, so that the sentences are ours.
"""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, WithJsonSchema, field_validator
from pydantic.alias_generators import to_camel

from azlocal.core.attestations import QUESTIONS
from azlocal.core.plan import Attestation, FleetPlan, Ring, Scope, Selector
from azlocal.core.windows import Freeze, Window
from azlocal.files import plan_values as values
from azlocal.files.words import items_of, text_of, yes_or_no

T = TypeVar("T")


def _pattern(shape: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^(?:{shape})$"})


_DURATION = WithJsonSchema({"type": "string", "format": "duration"})
_DATE = WithJsonSchema({"type": "string", "format": "date"})
_IDS = "the id of a subscription, a resource group or a cluster"
_HHMM = "([01][0-9]|2[0-3]):[0-5][0-9]"
_ANY_DAYS: dict[str, Any] = {
    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
    "examples": ["all", "mon-fri", ["sat", "sun"]],
}

Text = Annotated[str, BeforeValidator(text_of)]
YesNo = Annotated[
    bool, BeforeValidator(yes_or_no), WithJsonSchema({"enum": [True, False, "yes", "no", "on", "off"]})
]  # fmt: skip
AtLeastOne = Annotated[
    int, BeforeValidator(values.whole_number(1)), WithJsonSchema({"type": "integer", "minimum": 1})
]  # fmt: skip
AtLeastZero = Annotated[
    int, BeforeValidator(values.whole_number(0)), WithJsonSchema({"type": "integer", "minimum": 0})
]  # fmt: skip
Span = Annotated[timedelta, BeforeValidator(values.duration(timedelta(0))), _DURATION]
LongSpan = Annotated[timedelta, BeforeValidator(values.duration(timedelta(minutes=1))), _DURATION]
Day = Annotated[date, BeforeValidator(values.day), _DATE]
Opens = Annotated[time, BeforeValidator(values.opens), _pattern(_HHMM)]
Closes = Annotated[time, BeforeValidator(values.closes), _pattern(f"{_HHMM}|24:00")]
Zone = Annotated[str, BeforeValidator(values.zone)]
Days = Annotated[frozenset[int], BeforeValidator(values.days), WithJsonSchema(_ANY_DAYS)]
Subscription = Annotated[
    str, BeforeValidator(values.shaped(values.GUID, "a subscription id (a GUID)")), _pattern(values.GUID)
]  # fmt: skip
ManagementGroup = Annotated[
    str, BeforeValidator(values.shaped(r"[\w.()-]{1,90}", "the name of a management group")), _pattern(r"[\w.()-]{1,90}")
]  # fmt: skip
Excluded = Annotated[str, BeforeValidator(values.shaped(values.EXCLUDED, _IDS)), _pattern(values.EXCLUDED)]
GroupId = Annotated[
    str,
    BeforeValidator(values.or_nothing(values.shaped(values.GROUP, "the id of a resource group"))),
    _pattern(values.GROUP),
]
ContainerId = Annotated[
    str,
    BeforeValidator(values.or_nothing(values.shaped(values.CONTAINER, "the id of a blob container"))),
    _pattern(values.CONTAINER),
]
ClusterId = Annotated[str, BeforeValidator(values.cluster_id)]
Items = Annotated[tuple[T, ...], BeforeValidator(items_of)]
SomeItems = Annotated[tuple[T, ...], BeforeValidator(lambda value: some(items_of(value))), Field(min_length=1)]


def some(value: Any) -> Any:
    """Return *value*; raise ValueError when it is empty: an empty part would be taken as not given at all."""
    if not value:
        raise ValueError("names nothing; leave it out or name something")
    return value


class Part(BaseModel):
    """One mapping of the plan: camelCase keys, and no key that is not known."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=to_camel,
        field_title_generator=lambda name, field: field.alias or to_camel(name),
    )


class SelectPart(Part):
    """Which clusters are meant: every part given must fit. Patterns may hold `*`; case never matters."""

    tags: Annotated[dict[str, Text], BeforeValidator(some)] = Field(
        {}, description="tags of the cluster, each with its value"
    )
    names: SomeItems[Text] = Field((), description="names of clusters, or patterns with *")
    regions: SomeItems[Text] = Field((), description="regions, such as westeurope")
    models: SomeItems[Text] = Field((), description="hardware models, or patterns with *")
    ids: SomeItems[ClusterId] = Field((), description="resource ids of clusters")
    all: YesNo = Field(False, description="every cluster in scope; stands alone")

    def value(self) -> Selector:
        """Return what is meant as the core knows it."""
        return Selector(
            tags=dict(self.tags), names=self.names, regions=self.regions, models=self.models, ids=self.ids, all=self.all
        )


class WindowPart(Part):
    """When upgrades may start, week by week."""

    days: Days = Field(description="days on which it opens: mon to sun, ranges such as mon-fri, or all")
    opens: Opens = Field(alias="from", description="HH:MM")
    closes: Closes = Field(alias="to", description="HH:MM, the next day when not later than from; 24:00 ends the day")
    zone: Zone = Field(description="IANA time zone of the times", examples=["Europe/Oslo", "UTC"])

    def value(self) -> Window:
        """Return the window as the core knows it."""
        return Window(days=self.days, opens=self.opens, closes=self.closes, zone=self.zone)


class RingPart(Part):
    """One ring: who is in it, and what holds for starts in it."""

    name: Annotated[str, BeforeValidator(values.ring_name), _pattern("[a-z0-9-]{1,32}")] = Field(
        description="unique in the plan; an approval names it"
    )
    select: SelectPart = Field(description="a cluster belongs to the first ring that selects it")
    expect: AtLeastOne = Field(description="clusters the ring has; fewer visible ones halt it")
    max_concurrent: AtLeastOne = Field(1, description="upgrades at the same time")
    failure_budget: AtLeastZero = Field(0, description="failed upgrades that do not halt the ring")
    soak: Span = Field(timedelta(days=1), description="wait after the last success before the next ring opens")
    gate: Annotated[
        str, BeforeValidator(values.one_of("approval", "none")), WithJsonSchema({"enum": ["approval", "none"]})
    ] = Field("approval", description="what opens the ring beside the rings before it")
    windows: Items[WindowPart] = Field((), description="none: nothing is ever deployed; validation needs none")

    def value(self) -> Ring:
        """Return the ring as the core knows it."""
        return Ring(
            name=self.name, select=self.select.value(), expect=self.expect, max_concurrent=self.max_concurrent,
            failure_budget=self.failure_budget, soak=self.soak, gate=self.gate,
            windows=tuple(one.value() for one in self.windows),
        )  # fmt: skip


class AttestationPart(Part):
    """What an operator states about clusters and ARM cannot show."""

    select: SelectPart = Field(description="clusters it is about")
    key: Annotated[
        str, BeforeValidator(values.attestation_key), WithJsonSchema({"enum": sorted(QUESTIONS)})
    ] = Field(description="the question")  # fmt: skip
    answer: Annotated[
        str, BeforeValidator(values.one_of("yes", "no")), WithJsonSchema({"enum": ["yes", "no"]})
    ] = Field(alias="value", description="the answer")  # fmt: skip
    by: Text = Field(description="who states it")
    until: Annotated[Day | None, _DATE] = Field(None, description="last day on which it holds")

    def value(self) -> Attestation:
        """Return the statement as the core knows it."""
        return Attestation(
            key=self.key, value=self.answer, by=self.by, until=self.until, select=self.select.value()
        )  # fmt: skip


class FreezePart(Part):
    """Days on which nothing starts."""

    first: Day = Field(alias="from", description="first day")
    last: Day = Field(alias="to", description="last day")
    zone: Zone = Field("UTC", description="IANA time zone of the days")
    reason: str = Field("", description="why, for those who wait")

    @field_validator("last")
    @classmethod
    def _not_backwards(cls, last: date, read: ValidationInfo) -> date:
        first = read.data.get("first", last)
        if last < first:
            raise ValueError(f"{last} is before {first}, the first day")
        return last

    def value(self) -> Freeze:
        """Return the freeze as the core knows it."""
        return Freeze(first=self.first, last=self.last, zone=self.zone, reason=self.reason)


class ScopePart(Part):
    """Where to look."""

    subscriptions: Items[Subscription] = Field((), description="subscription ids")
    management_groups: Items[ManagementGroup] = Field((), description="names of management groups")
    exclude: Items[Excluded] = Field((), description="ids of subscriptions, resource groups or clusters left out")

    def value(self) -> Scope:
        """Return the scope as the core knows it."""
        return Scope(
            subscriptions=self.subscriptions, management_groups=self.management_groups, exclude=self.exclude
        )  # fmt: skip


class PlanPart(Part):
    """A fleet plan: the desired rollout."""

    version: Annotated[str, BeforeValidator(values.version), WithJsonSchema({"const": values.VERSION})] = Field(
        description="the form of this file"
    )
    scope: ScopePart = Field(description="where to look for clusters")
    control: GroupId = Field("", description="resource group for approvals and pause; without it nothing starts")
    lease: ContainerId = Field(
        "", description="blob container whose lease makes one starter; without it nothing starts"
    )
    inputs: Annotated[str, BeforeValidator(values.place)] = Field(
        "", description="folder or CSV file of upgrade inputs, beside the plan, or an https URL"
    )
    rings: Items[RingPart] = Field((), description="in the order in which they open")
    attestations: Items[AttestationPart] = Field((), description="what operators state for many clusters at once")
    freezes: Items[FreezePart] = Field((), description="days on which nothing starts")
    paused: YesNo = Field(False, description="nothing starts; does not touch approvals")
    update_extension: YesNo = Field(False, description="whether azlocal may install or update the LCM extension")
    validation_fresh_for: LongSpan = Field(timedelta(hours=72), description="age up to which a validation counts")
    facts_fresh_for: LongSpan = Field(timedelta(hours=24), description="age up to which a fact counts")

    def value(self) -> FleetPlan:
        """Return the plan as the core knows it, still without its digest."""
        return FleetPlan(
            digest="", scope=self.scope.value(), rings=tuple(one.value() for one in self.rings),
            control=self.control, lease=self.lease, inputs=self.inputs,
            attestations=tuple(one.value() for one in self.attestations),
            freezes=tuple(one.value() for one in self.freezes),
            paused=self.paused, update_extension=self.update_extension,
            validation_fresh_for=self.validation_fresh_for, facts_fresh_for=self.facts_fresh_for,
        )  # fmt: skip


PARTS: dict[str, type[Part]] = {
    "": PlanPart, "scope": ScopePart, "rings": RingPart, "select": SelectPart,
    "windows": WindowPart, "attestations": AttestationPart, "freezes": FreezePart,
}  # fmt: skip
"""The part that stands behind a key; the plan itself behind none."""


def keys_of(part: type[Part]) -> list[str]:
    """Return the keys a part may have, as they are written."""
    return [field.alias or name for name, field in part.model_fields.items()]
