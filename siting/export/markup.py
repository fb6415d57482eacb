"""HTML and SVG built element by element: text and attributes are always escaped, only elements nest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from siting.export.cells import text

_NEVER_CLOSED = frozenset({"meta", "br", "hr", "img", "input", "wbr"})


@dataclass(frozen=True, slots=True)
class Html:
    """Markup that is safe to write as it is. Only `el`, `join` and `el_raw` make it."""

    markup: str


Child = Html | str | int | None


def el(tag: str, *children: Child, **attributes: str | float | None) -> Html:
    """An element. Children that are text are escaped; attributes too. `class_` stands for class, `_` in names for `-`."""
    inside = "".join(_markup(child) for child in children)
    facts = "".join(f' {_name(name)}="{escape(text(str(value)))}"' for name, value in attributes.items() if value is not None)
    return Html(f"<{tag}{facts}>" if tag in _NEVER_CLOSED else f"<{tag}{facts}>{inside}</{tag}>")


def join(children: Iterable[Child]) -> Html:
    """Several children as one."""
    return Html("".join(_markup(child) for child in children))


def el_raw(tag: str, body: str, **attributes: str) -> Html:
    """A style or script element with our own text. Raises ValueError where the text would end the element."""
    if f"</{tag}" in body.lower() or "<!--" in body:
        raise ValueError(f"text would end its {tag} element")
    facts = "".join(f' {_name(name)}="{escape(value)}"' for name, value in attributes.items())
    return Html(f"<{tag}{facts}>{body}</{tag}>")


def _markup(child: Child) -> str:
    if child is None:
        return ""
    return child.markup if isinstance(child, Html) else escape(text(str(child)))


def _name(name: str) -> str:
    return name.rstrip("_").replace("_", "-") if name != "viewBox" else name
