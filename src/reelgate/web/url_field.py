"""What a URL in a field of a body must look like before it is kept. Pure; called by dialects.

Whether it may be reached, the fetcher and the sender of webhooks decide.
"""

import re
from typing import Final
from urllib.parse import urlsplit

from reelgate.core.errors import FieldProblem

URL_MAX_CHARS: Final = 2048

#: Browsers and parsers disagree about these.
_DISPUTED: Final = re.compile(r"[\x00-\x20\x7f\\]")


def url_problem(field: str, url: str | None) -> FieldProblem | None:
    """Return what is wrong with an optional http or https URL, or None."""
    if url is None:
        return None
    if len(url) > URL_MAX_CHARS:
        return FieldProblem(field, f"has {len(url)} characters; at most {URL_MAX_CHARS} are allowed")
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return FieldProblem(field, "is not a valid URL")
    if parts.scheme not in ("http", "https") or not has_host or _DISPUTED.search(url):
        return FieldProblem(field, "must be an http or https URL")
    if "@" in parts.netloc:
        return FieldProblem(field, "must not hold a user name or password")
    return None
