"""Links of the page: to a cluster on it, and to documentation on the hosts that azlocal itself names."""

from __future__ import annotations

import re
from urllib.parse import quote

from azlocal.report.page.markup import Html, fit, tag

HOSTS = ("learn.microsoft.com", "github.com", "aka.ms")
"""Where the pages are that remedies and known issues name. Nothing else that a text holds becomes a link."""
_PAGE = re.compile(rf"https://(?:{'|'.join(map(re.escape, HOSTS))})(?:/[!-~]*)?")


def address(word: str) -> str:
    """Return the address of a cluster on the page; `#cluster=<name>` for most."""
    return f"#cluster={quote(fit(word), safe='/')}"


def is_page(url: str) -> bool:
    """Return whether *url* is one that the page may link."""
    return _PAGE.fullmatch(url) is not None


def page_link(url: str, words: str) -> Html:
    """Return a link to documentation, or the words alone where it is none."""
    return tag("a", words, href=url, rel="noopener noreferrer") if is_page(url) else tag("span", "")
