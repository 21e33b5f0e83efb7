"""Links of answers: they are relative to what was asked for (RFC 3986, 5.2)."""

from urllib.parse import urljoin


def lead(target, link):
    """Where a link of the answer to a target leads; None if there is none."""
    return None if link is None else urljoin(target, link)
