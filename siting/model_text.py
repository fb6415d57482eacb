"""The text of a new model file: every setting written out with its meaning, the knobs of families as comments to turn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from siting.families import FAMILIES
from siting.family import KnobFact, Knobs, knob_facts
from siting.knobs import default_text, range_text, toml_key, toml_value
from siting.scenario.settings import CATALOGUE, SCHEMA_VERSION, SECTIONS, ModuleType, TimeTable

COLUMN = 40
"""Where comments begin, if the value is shorter."""


@dataclass(frozen=True, slots=True)
class ModelDraft:
    """What a model file is written from: the region's folder, layers named one by one, families switched off and why,
    layers that are not there and what that means."""

    name: str
    region: str
    layers: Mapping[str, str]
    off: Mapping[str, str]
    missing: Mapping[str, str]
    own_candidates: bool


def model_text(draft: ModelDraft) -> str:
    """The file, ending in a line break."""
    return "\n".join([*_head(draft), *_settings(draft), *_modules(), *_families(draft)]).rstrip("\n") + "\n"


def _line(key: str, value: str, comment: str = "", off: bool = False) -> str:
    text = f"{'# ' if off else ''}{key} = {value}"
    return f"{text:<{COLUMN - 1}} # {comment}" if comment else text


def _head(draft: ModelDraft) -> Iterator[str]:
    yield "# A placement model of your own layers. Every key ends in its unit; MUSD are million US dollars of the price year."
    yield "# Lines that begin with # and hold a key are defaults: take the # away and turn them. models/KNOBS.md tells them all."
    yield ""
    yield f"schema_version = {SCHEMA_VERSION}"
    yield _line("title", toml_value(draft.name))
    yield _line("currency", '"USD"')
    yield _line("price_year", "2025")
    if draft.region:
        yield _line("region", toml_value(draft.region), "the folder with your layers, relative to this file")
    yield _line("start", '"2027-01"', "first month of the first period")
    yield _line("timezone", '"UTC"', 'time zone of the region, such as "Australia/Sydney"')
    for family, layers in draft.off.items():
        yield f"# {family} is off: " + (f"there is no layer {layers}" if layers else "there is no data path")
    yield _line("off", toml_value(list(draft.off)), "families that are switched off")
    yield _line("repair", "false", "repair polygons that cross themselves instead of refusing them")
    yield ""
    for layer, consequence in draft.missing.items():
        yield f"# no layer {layer}: {consequence}"
    if draft.layers:
        yield ""
        yield "[layers]"
        yield from (_line(layer, toml_value(path)) for layer, path in draft.layers.items())
    yield ""
    yield "# [crs]"
    yield '# sources = "EPSG:5070"                 # the coordinate system of a file that does not say'


def _settings(draft: ModelDraft) -> Iterator[str]:
    for name, section in SECTIONS.items():
        yield ""
        if name == "candidates" and draft.own_candidates:
            yield "# Your own candidates are used; these fill the columns they lack."
        yield f"[{name}]"
        for fact in knob_facts(section):
            if section is TimeTable and fact.name == "periods":
                periods = ", ".join(f'{{ name = "{year}", months = 12 }}' for year in ("2027", "2028", "2029"))
                yield f"periods = [{periods}]"
            else:
                yield _line(fact.name, default_text(fact), _comment(section, fact))


def _modules() -> Iterator[str]:
    yield ""
    yield "# Module types: the capital of one module, not of one MW."
    for name, module in CATALOGUE.items():
        yield f"[modules.{toml_key(name)}]"
        for fact in knob_facts(ModuleType):
            yield _line(fact.name, toml_value(getattr(module, fact.name)), _comment(ModuleType, fact))
        yield ""


def _families(draft: ModelDraft) -> Iterator[str]:
    for family in FAMILIES:
        yield f"[{family.name}]" + ("  # switched off" if family.name in draft.off else "")
        for fact in knob_facts(family.knobs):
            yield _line(fact.name, default_text(fact), _comment(family.knobs, fact), off=True)
        yield ""


def _comment(knobs: type[Knobs], fact: KnobFact) -> str:
    """Meaning, unit, range and source of a value on one line."""
    unit_and_range = ", ".join(part for part in (fact.unit, range_text(knobs, fact)) if part)
    source = f" ({fact.source})" if fact.source not in ("", "format") else ""
    return " ".join(fact.meaning.split()) + (f" [{unit_and_range}]" if unit_and_range else "") + source
