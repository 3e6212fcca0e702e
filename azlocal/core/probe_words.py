"""Public words that a probe may tell: ARM's error codes, and the headers of Resource Graph with their formats."""

from __future__ import annotations

import re
from collections.abc import Mapping

_CODES = """
AuthorizationFailed AuthenticationFailed ExpiredAuthenticationToken InvalidAuthenticationToken
InvalidAuthenticationTokenAudience InvalidAuthenticationTokenTenant LinkedAuthorizationFailed
SubscriptionNotFound InvalidSubscriptionId ResourceGroupNotFound ResourceNotFound NotFound
ParentResourceNotFound DeploymentNotFound NoRegisteredProviderFound InvalidResourceNamespace
InvalidResourceType InvalidApiVersionParameter MissingApiVersionParameter MissingSubscriptionRegistration
MethodNotAllowed BadRequest InvalidQuery RateLimiting TooManyRequests SubscriptionRequestsThrottled
InternalServerError BadGateway ServiceUnavailable GatewayTimeout RequestTimeout RequestDisallowedByPolicy
ReadOnlyDisabledSubscription ScopeLocked Conflict
"""
CODES: Mapping[str, str] = {one.lower(): one for one in _CODES.split()}
HEADERS: Mapping[str, re.Pattern[str]] = {
    "x-ms-user-quota-remaining": re.compile(r"\d+"),
    "x-ms-user-quota-resets-after": re.compile(r"\d\d:\d\d:\d\d"),
}
"""Source: Azure Resource Graph, throttled requests guidance."""
