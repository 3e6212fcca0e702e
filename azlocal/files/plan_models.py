"""The keys of a fleet plan and what each may hold: for reading it, and for editors that know JSON Schema.

Only the shape is pydantic's; every single value is read by `plan_values`, so that the sentences are ours.
"""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, WithJsonSchema, field_validator
from pydantic.alias_generators import to_camel

from azlocal.core.attestations import QUESTIONS
from azlocal.core.domains import Cap
from azlocal.core.limits import Amount
from azlocal.core.overrides import OPEN
from azlocal.core.plan import AcceptedRisk, Attestation, FleetPlan, Override, Retry, Ring, Scope, Selector, Validating
from azlocal.core.risks import RISKS
from azlocal.core.windows import Freeze, Window
from azlocal.files import plan_values as values
from azlocal.files.words import items_of, text_of, yes_or_no

T = TypeVar("T")


def _pattern(shape: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^(?:{shape})$"})


_DURATION = WithJsonSchema({"type": "string", "format": "duration"})
_DATE = WithJsonSchema({"type": "string", "format": "date"})
_RULE_VALUE: dict[str, Any] = {
    "anyOf": [{"type": ["string", "integer"]}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
    "examples": [1850, "30.2503", ["eastus", "northeurope"], "2026-10-31"],
}
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
_PERCENT = {"type": "string", "pattern": "^[0-9]{1,3}%$"}
SomeOrShare = Annotated[
    Amount, BeforeValidator(values.amount(1)), WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1}, _PERCENT]})
]  # fmt: skip
AnyOrShare = Annotated[
    Amount, BeforeValidator(values.amount(0)), WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0}, _PERCENT]})
]  # fmt: skip
Span = Annotated[timedelta, BeforeValidator(values.duration(timedelta(0))), _DURATION]
LongSpan = Annotated[timedelta, BeforeValidator(values.duration(timedelta(minutes=1))), _DURATION]
Day = Annotated[date, BeforeValidator(values.day), _DATE]
DayOfYear = Annotated[date, BeforeValidator(values.day_of_year), _pattern("([0-9]{4}-)?[0-9]{2}-[0-9]{2}")]
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
    expression: Annotated[str, BeforeValidator(values.expression), WithJsonSchema({"type": "string"})] = Field(
        "",
        description="what must be true of name, group, subscription, region, model, nodes, tags",
        examples=["model like 'AX-*' and not tags.site in ['oslo', 'bergen']"],
    )
    all: YesNo = Field(False, description="every cluster in scope; stands alone")

    def value(self) -> Selector:
        """Return what is meant as the core knows it."""
        return Selector(
            tags=dict(self.tags), names=self.names, regions=self.regions, models=self.models, ids=self.ids,
            expression=self.expression, all=self.all,
        )  # fmt: skip


class WindowPart(Part):
    """When upgrades may start, week by week."""

    days: Days = Field(description="days on which it opens: mon to sun, ranges such as mon-fri, or all")
    opens: Opens = Field(alias="from", description="HH:MM")
    closes: Closes = Field(alias="to", description="HH:MM, the next day when not later than from; 24:00 ends the day")
    zone: Zone = Field(description="IANA time zone of the times", examples=["Europe/Oslo", "UTC"])

    def value(self) -> Window:
        """Return the window as the core knows it."""
        return Window(days=self.days, opens=self.opens, closes=self.closes, zone=self.zone)


class CapPart(Part):
    """A limit on what clusters share: so many upgrades at the same time in each domain."""

    by: Annotated[str, BeforeValidator(values.domain), _pattern(values.DOMAIN)] = Field(
        description="what they share: tag:NAME, subscription, model or region", examples=["tag:site", "model"]
    )
    most: AtLeastOne = Field(alias="max", description="upgrades at the same time in each domain")

    def value(self) -> Cap:
        """Return the cap as the core knows it."""
        return Cap(by=self.by, max=self.most)


class RingPart(Part):
    """One ring: who is in it, and what holds for starts in it."""

    name: Annotated[str, BeforeValidator(values.ring_name), _pattern("[a-z0-9-]{1,32}")] = Field(
        description="unique in the plan; an approval names it"
    )
    select: SelectPart = Field(description="a cluster belongs to the first ring that selects it")
    expect: AtLeastOne = Field(description="clusters the ring has; fewer visible ones halt it")
    max_concurrent: SomeOrShare = Field(1, description="operations at the same time, or a share such as 20%")
    ramp: SomeItems[SomeOrShare] = Field(
        (), description="upgrades that may begin, stage by stage; the last repeats", examples=[[1, 5, "20%"]]
    )
    failure_budget: AnyOrShare = Field(0, description="failed upgrades that do not halt the ring, or a share")
    soak: Span = Field(timedelta(days=1), description="wait after the last success before the next ring opens")
    gate: Annotated[
        str, BeforeValidator(values.one_of("approval", "none")), WithJsonSchema({"enum": ["approval", "none"]})
    ] = Field("approval", description="what opens the ring beside the rings before it")
    windows: Items[WindowPart] = Field((), description="none: nothing is ever deployed; validation needs none")
    caps: Items[CapPart] = Field((), description="limits on what the ring's clusters share")
    order: Annotated[
        str, BeforeValidator(values.one_of("name", "nodes")), WithJsonSchema({"enum": ["name", "nodes"]})
    ] = Field("name", description="what starts first; nodes: the smallest clusters")

    def value(self) -> Ring:
        """Return the ring as the core knows it."""
        return Ring(
            name=self.name, select=self.select.value(), expect=self.expect, max_concurrent=self.max_concurrent,
            failure_budget=self.failure_budget, soak=self.soak, gate=self.gate,
            windows=tuple(one.value() for one in self.windows),
            ramp=self.ramp, caps=tuple(one.value() for one in self.caps), order=self.order,
        )  # fmt: skip


class ValidatePart(Part):
    """How readiness validations run."""

    max_concurrent: SomeOrShare | None = Field(
        None, description="slots of their own for validations, in the whole fleet; default: those of the ring"
    )
    ahead: YesNo = Field(False, description="whether they run in rings whose gate has not opened yet")

    def value(self) -> Validating:
        """Return it as the core knows it."""
        return Validating(max_concurrent=self.max_concurrent, ahead=self.ahead)


class RetryPart(Part):
    """What is repeated without asking a person."""

    safe: AtLeastZero = Field(0, description="failed attempts of a cluster that are repeated when diagnosed as safe")

    def value(self) -> Retry:
        """Return it as the core knows it."""
        return Retry(safe=self.safe)


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
    at: Annotated[Day | None, _DATE] = Field(None, description="day on which it was stated")

    def value(self) -> Attestation:
        """Return the statement as the core knows it."""
        return Attestation(
            key=self.key, value=self.answer, by=self.by, until=self.until, at=self.at, select=self.select.value()
        )  # fmt: skip


class AcceptedRiskPart(Part):
    """A risk that a person takes on for clusters; it changes no decision."""

    select: SelectPart = Field(description="clusters for which it is taken on")
    risk: Annotated[
        str, BeforeValidator(values.risk), WithJsonSchema({"enum": sorted(RISKS)})
    ] = Field(description="the risk, by the name of its finding")  # fmt: skip
    by: Text = Field(description="who takes it on")
    until: Day = Field(description="last day on which it is taken on")
    reason: Text = Field(description="why, for those who read reports")

    def value(self) -> AcceptedRisk:
        """Return the acceptance as the core knows it."""
        return AcceptedRisk(
            risk=self.risk, by=self.by, until=self.until, reason=self.reason, select=self.select.value()
        )  # fmt: skip


class OverridePart(Part):
    """A rule's value for clusters, instead of the one azlocal knows."""

    rule: Annotated[
        str, BeforeValidator(values.rule), WithJsonSchema({"enum": sorted(OPEN)})
    ] = Field(description="the rule, by its id")  # fmt: skip
    wanted: Annotated[Any, WithJsonSchema(_RULE_VALUE)] = Field(alias="value", description="the value it takes instead")
    by: Text = Field(description="who decided it")
    until: Day = Field(description="last day on which it holds")
    reason: Text = Field(description="why, for those who read verdicts")
    select: SelectPart | None = Field(None, description="clusters for which it holds; default: all")

    @field_validator("wanted", mode="before")
    @classmethod
    def _fits_the_rule(cls, value: Any, read: ValidationInfo) -> Any:
        return values.rule_value(read.data["rule"], value) if "rule" in read.data else ""

    def value(self) -> Override:
        """Return the override as the core knows it."""
        return Override(
            rule=self.rule, value=self.wanted, by=self.by, until=self.until, reason=self.reason,
            select=self.select.value() if self.select else Selector(all=True),
        )  # fmt: skip


class FreezePart(Part):
    """Days on which nothing starts."""

    yearly: YesNo = Field(False, description="whether it comes every year; then MM-DD is enough")
    first: DayOfYear = Field(alias="from", description="first day")
    last: DayOfYear = Field(alias="to", description="last day")
    zone: Zone = Field("UTC", description="IANA time zone of the days")
    reason: str = Field("", description="why, for those who wait")

    @field_validator("last")
    @classmethod
    def _not_backwards(cls, last: date, read: ValidationInfo) -> date:
        first = read.data.get("first", last)
        if last < first and last.year != values.ANY_YEAR:
            raise ValueError(f"{last} is before {first}, the first day")
        if read.data.get("yearly") and (last - first).days >= 365:
            raise ValueError(f"{last} is a year or more after {first}, so a yearly freeze would never end")
        return last

    def value(self) -> Freeze:
        """Return the freeze as the core knows it: a yearly one by days of one leap year."""
        first, last = self.first, self.last
        if self.yearly:
            first, last = (day.replace(year=values.ANY_YEAR) for day in (first, last))
        return Freeze(first=first, last=last, zone=self.zone, reason=self.reason, yearly=self.yearly)


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
    accepted_risks: Items[AcceptedRiskPart] = Field(
        (), description="risks that people take on, by name and with an end"
    )
    overrides: Items[OverridePart] = Field((), description="values that rules take instead of their own")
    freezes: Items[FreezePart] = Field((), description="days on which nothing starts")
    caps: Items[CapPart] = Field((), description="limits on what clusters share, over all rings")
    validation: ValidatePart = Field(
        ValidatePart.model_validate({}), alias="validate", description="how readiness validations run"
    )
    retry: RetryPart = Field(
        RetryPart.model_validate({}), description="what is repeated without asking; by default nothing"
    )
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
            accepted_risks=tuple(one.value() for one in self.accepted_risks),
            overrides=tuple(one.value() for one in self.overrides),
            freezes=tuple(one.value() for one in self.freezes), caps=tuple(one.value() for one in self.caps),
            validate=self.validation.value(), retry=self.retry.value(),
            paused=self.paused, update_extension=self.update_extension,
            validation_fresh_for=self.validation_fresh_for, facts_fresh_for=self.facts_fresh_for,
        )  # fmt: skip


PARTS: dict[str, type[Part]] = {
    "": PlanPart, "scope": ScopePart, "rings": RingPart, "select": SelectPart,
    "windows": WindowPart,
    "caps": CapPart, "validate": ValidatePart, "retry": RetryPart, "attestations": AttestationPart, "acceptedRisks": AcceptedRiskPart, "overrides": OverridePart, "freezes": FreezePart,
}  # fmt: skip
"""The part that stands behind a key; the plan itself behind none."""


def keys_of(part: type[Part]) -> list[str]:
    """Return the keys a part may have, as they are written."""
    return [field.alias or name for name, field in part.model_fields.items()]
