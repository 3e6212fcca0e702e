"""Azure RBAC: which principal may do what where, by the role assignments and role definitions of a world.

A role gives what its actions name and its notActions do not; several roles add up; an assignment holds for its scope
and everything below it, a management group's for its subscriptions. Names compare without regard to case, `*` stands
for any text. What a condition guards is refused: conditions are not evaluated.
Source: MicrosoftDocs/azure-docs, articles/role-based-access-control (role-definitions, scope-overview).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from azlocal.sandbox.query.scope import Hierarchy
from azlocal.sandbox.rbac_roles import built_in
from azlocal.sandbox.store import Document, Store, subscription_of
from azlocal.sandbox.wire import ArmError

if TYPE_CHECKING:
    from azlocal.sandbox.world import Principal

ASSIGNMENTS = "Microsoft.Authorization/roleAssignments"
DEFINITIONS = "Microsoft.Authorization/roleDefinitions"
_TOLD_BY = frozenset({
    ASSIGNMENTS.lower(), DEFINITIONS.lower(), "microsoft.management/managementgroups", "microsoft.resources/subscriptions",
})  # fmt: skip
_GROUPS = "/providers/microsoft.management/managementgroups/"
_GUARDED = re.compile(r"ActionMatches\{'([^']+)'\}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Permission:
    """One permission of a role: what it names and what it leaves out, on the control plane and on data."""

    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    data: tuple[str, ...]
    not_data: tuple[str, ...]

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Permission:
        """Return the permission that a role definition tells."""
        guarded = tuple(_GUARDED.findall(str(told.get("condition") or "")))
        data_guarded = tuple(one for one in guarded if "/blobs/" in one.lower())
        return cls(
            _texts(told.get("actions")), (*_texts(told.get("notActions")), *guarded),
            _texts(told.get("dataActions")), (*_texts(told.get("notDataActions")), *data_guarded),
        )  # fmt: skip

    def allows(self, action: str, *, data: bool) -> bool:
        """Return whether it gives *action*."""
        given, taken = (self.data, self.not_data) if data else (self.actions, self.not_actions)
        return _named(action, given) and not _named(action, taken)


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(str(one) for one in value or ())


def _named(action: str, patterns: Iterable[str]) -> bool:
    return any(_pattern(one).fullmatch(action) is not None for one in patterns)


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(re.escape(text).replace(r"\*", ".*"), re.IGNORECASE | re.DOTALL)


class Rights:
    """The rights in one world. They follow the store; what was worked out is kept until an assignment changes."""

    def __init__(self, store: Store, tenant: str) -> None:
        self._store = store
        self._tenant = tenant
        self._assigned: dict[str, list[tuple[str, tuple[Permission, ...]]]] | None = None
        self._scopes: dict[tuple[str, str, bool], frozenset[str]] = {}
        self._chains: dict[str, tuple[str, ...]] = {}
        self._managed = False
        store.listen(self._changed)

    def allows(self, principal: str, action: str, scope: str, *, data: bool = False) -> bool:
        """Return whether *principal* (an object id) may do *action* at *scope*, a resource id or one above it."""
        given = self.scopes(principal, action, data=data)
        return bool(given) and any(one in given for one in self._above(scope.lower().rstrip("/")))

    def reaches_into(self, principal: str, action: str, scope: str) -> bool:
        """Return whether *principal* may do *action* at something below *scope*."""
        below = scope.lower().rstrip("/") + "/"
        return any(one.startswith(below) for one in self.scopes(principal, action))

    def holds_any(self, principal: str, subscription: str) -> bool:
        """Return whether *principal* is assigned any role over a subscription (its id), in it, or above it."""
        scope = subscription.lower()
        assigned = self._by_principal().get(principal.lower(), ())
        above = set(self._above(scope))
        return any(where in above or where.startswith(f"{scope}/") for where, _ in assigned)

    def scopes(self, principal: str, action: str, *, data: bool = False) -> frozenset[str]:
        """Return the scopes (in lower case) of the assignments by which *principal* may do *action*."""
        key = (principal.lower(), action.lower(), data)
        known = self._scopes.get(key)
        if known is None:
            assigned = self._by_principal().get(key[0], ())
            known = frozenset(
                where for where, permissions in assigned if any(one.allows(action, data=data) for one in permissions)
            )
            self._scopes[key] = known
        return known

    def _by_principal(self) -> dict[str, list[tuple[str, tuple[Permission, ...]]]]:
        if self._assigned is None:
            self._assigned = {}
            roles = self._roles()
            for document in self._store.of_type(ASSIGNMENTS):
                told = document["properties"]
                role = roles.get(str(told["roleDefinitionId"]).rsplit("/", 1)[-1].lower(), ())
                where = str(told["scope"]).lower().rstrip("/")
                self._managed = self._managed or where.startswith(_GROUPS)
                self._assigned.setdefault(str(told["principalId"]).lower(), []).append((where, role))
        return self._assigned

    def _roles(self) -> dict[str, tuple[Permission, ...]]:
        told = {name: one["permissions"] for name, one in built_in().items()}
        custom = self._store.of_type(DEFINITIONS)
        told |= {str(one["name"]).lower(): one["properties"].get("permissions") or [] for one in custom}
        return {name: tuple(map(Permission.read, permissions)) for name, permissions in told.items()}

    def above(self, scope: str) -> Iterator[str]:
        """Yield *scope* in lower case, what it lies in, and the management groups over its subscription."""
        yield from _prefixes(scope.lower().rstrip("/"))
        yield from self._management(scope.lower())

    def _above(self, scope: str) -> Iterator[str]:
        """Yield what `above` does; groups are left out while nobody is assigned anything on one."""
        yield from _prefixes(scope)
        if self._managed:
            yield from self._management(scope)

    def _management(self, scope: str) -> Iterable[str]:
        subscription = subscription_of(scope)
        top = f"/subscriptions/{subscription}" if subscription else scope
        if top not in self._chains:
            chain = Hierarchy(self._store, self._tenant).chain(top)
            self._chains[top] = tuple(f"{_GROUPS}{one['name'].lower()}" for one in chain)
        return self._chains[top]

    def _changed(self, key: str, document: Document | None) -> None:
        kind = None if document is None else str(document["type"]).lower()
        gone = kind is None and ("/microsoft.authorization/role" in key or key.startswith(_GROUPS))
        if kind in _TOLD_BY or gone:
            self._assigned, self._managed = None, False
            self._scopes.clear()
            self._chains.clear()


def _prefixes(scope: str) -> Iterator[str]:
    yield scope
    while scope:
        scope = scope.rpartition("/")[0]
        yield scope


def forbidden(principal: Principal, action: str, scope: str) -> ArmError:
    """Return ARM's refusal for lack of a right."""
    return ArmError(
        403, "AuthorizationFailed",
        f"The client '{principal.client_id}' with object id '{principal.object_id}' does not have authorization to "
        f"perform action '{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, "
        "please refresh your credentials.",
    )  # fmt: skip


def link_forbidden(principal: Principal, action: str, scope: str, linked: str, where: str) -> ArmError:
    """Return ARM's refusal for lack of a right on what a resource refers to."""
    return ArmError(
        403, "LinkedAuthorizationFailed",
        f"The client '{principal.client_id}' with object id '{principal.object_id}' has permission to perform action "
        f"'{action}' on scope '{scope}'; however, it does not have permission to perform action(s) '{linked}' on the "
        f"linked scope(s) '{where}' (respectively) or the linked scope(s) are invalid.",
    )  # fmt: skip
