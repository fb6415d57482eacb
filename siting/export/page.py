"""One self-contained page: no request leaves it, no script runs but ours, data never becomes markup.

The content security policy names the digest of every script and style of the page, so anything else is refused by the
browser even if it got into the text. Data travels in a JSON block with `<`, `>` and `&` escaped.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from siting.export.markup import Html, el, el_raw, join

DATA_ID = "data"
"""Id of the element that holds the page's data."""


def page(
    title: str, body: Html, styles: Sequence[str], scripts: Sequence[str] = (), data: Mapping[str, Any] | None = None
) -> str:
    """The page as text. `scripts` run in order after the body; `data` is found by them in the element `#data`."""
    styles = [_unix(style) for style in styles]
    scripts = [_unix(script) for script in scripts]
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=policy(styles, scripts)),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="referrer", content="no-referrer"),
        el("title", title),
        join(el_raw("style", style) for style in styles),
    )
    block = None if data is None else el_raw("script", json_block(data), type="application/json", id=DATA_ID)
    whole = el("body", body, block, join(el_raw("script", script) for script in scripts))
    return f"<!doctype html>\n{el('html', head, whole, lang='en').markup}\n"


def policy(styles: Sequence[str], scripts: Sequence[str]) -> str:
    """The content security policy: nothing from anywhere, except the styles and scripts named by digest, images inside the
    page, and workers made by our scripts."""
    rules = ["default-src 'none'", "base-uri 'none'", "form-action 'none'", "connect-src 'none'"]
    rules.append("style-src " + (" ".join(_digest(style) for style in styles) or "'none'"))
    rules.append("script-src " + (" ".join(_digest(script) for script in scripts) or "'none'"))
    if scripts:
        rules += ["img-src data: blob:", "worker-src blob:", "child-src blob:"]
    return "; ".join(rules)


def json_block(data: Mapping[str, Any]) -> str:
    """The data as JSON that no HTML parser can take for markup. Raises ValueError for NaN and infinity."""
    body = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        body = body.replace(sign, f"\\u{ord(sign):04x}")
    return body


def _digest(body: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()}'"


def _unix(body: str) -> str:
    return body.replace("\r\n", "\n").replace("\r", "\n")
