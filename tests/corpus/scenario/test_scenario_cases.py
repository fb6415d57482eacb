"""Bad model files: each is refused with file, line, key, what was found, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenario.small_model import MODEL, faults, project, sole

FILE = "models/toy/model.toml"

# what is appended to the 16 lines of the model, or a (text, replacement) pair; code; place; key; words found in the sentence
CASES: dict[str, tuple[str | tuple[str, str], str, str, str, tuple[str, ...]]] = {
    "S001 a value is missing": (
        "period_musd_per_year =",
        "S001",
        "line 17",
        "budget.period_musd_per_year",
        ("after the equals sign",),
    ),
    "S001 a bracket stays open": ("[locks]\nforce = ['a',", "S001", "line 18, column 9", "locks.force", ("Close every bracket",)),
    "S001 quotes stay open": (('"Toy"', '"Toy'), "S001", "line 2, column 9", "title", ("Close the quotes",)),
    "S001 a header is broken": ("[spacing\nmax_sites = 3", "S001", "line 17", "", ("[table]",)),
    "S001 a thousands comma": (
        "period_musd_per_year = 1,200",
        "S001",
        "line 17, column 24",
        "budget.period_musd_per_year",
        ("1200",),
    ),
    "S001 a decimal comma": ("[spacing]\nloss_share = 0,2", "S001", "line 18, column 14", "spacing.loss_share", ("Write 0.2",)),
    "S001 a leading point": ("[spacing]\nloss_share = .2", "S001", "line 18, column 14", "spacing.loss_share", ("Write 0.2",)),
    "S001 a Windows path": (('"toyland"', r'"C:\data\toy"'), "S001", "line 3, column 10", "region", ("single quotes",)),
    "S005 a key stands twice": ("total_musd = 3", "S005", "lines 16 and 17", "budget.total_musd", ("Keep one",)),
    "S005 twice in an inline table": (
        ('{ name = "2027", months = 12 }', '{ name = "2027", months = 12, months = 6 }'),
        "S005",
        "lines 7 and 7",
        "time.periods[0].months",
        ("Keep one",),
    ),
    "S006 a newer format": (("schema_version = 1", "schema_version = 2"), "S006", "line 1", "schema_version", ("Update siting",)),
    "S007 an unknown key": ("bugdet_musd = 1", "S007", "line 17", "budget.bugdet_musd", ()),
    "S007 an unknown key near a known": ("totl_musd = 1", "S007", "line 17", "budget.totl_musd", ('Did you mean "total_musd"?',)),
    "S007 an unknown table": ("[bugdet]\ntotal_musd = 1", "S007", "line 17", "bugdet", ('Did you mean "budget"?',)),
    "S007 an unknown key in a period": (
        ("months = 6", "months = 6, mnth = 1"),
        "S007",
        "line 7",
        "time.periods[1].mnth",
        ('Did you mean "months"?',),
    ),
    "S007 a knob in the wrong table": ("max_sites = 3", "S007", "line 17", "budget.max_sites", ("belongs into [spacing]",)),
    "S008 a required key is missing": (("it_mw = 5\n", ""), "S008", "line 9", "modules.pod.it_mw", ("IT load of one module",)),
    "S008 no module type": (
        (MODEL[MODEL.index("[modules") : MODEL.index("[budget")], ""),
        "S008",
        "",
        "modules",
        ("at least one",),
    ),
    "S009 a number in quotes": (
        ("total_musd = 900.0", 'total_musd = "900"'),
        "S009",
        "line 16",
        "budget.total_musd",
        ("Write 900 ",),
    ),
    "S009 a word for a number": (
        ("total_musd = 900.0", 'total_musd = "much"'),
        "S009",
        "line 16",
        "budget.total_musd",
        ("a number",),
    ),
    "S009 true for a number": (
        ("total_musd = 900.0", "total_musd = true"),
        "S009",
        "line 16",
        "budget.total_musd",
        ("a number",),
    ),
    "S009 a number for text": (('title = "Toy"', "title = 7"), "S009", "line 2", "title", ('"7" in quotes',)),
    "S009 text for a flag": ('[spacing]\ncareful = "yes"', "S009", "line 18", "spacing.careful", ("true or false",)),
    "S009 a text for a list": ('[locks]\nforce = "a"', "S009", "line 18", "locks.force", ('["a"]',)),
    "S009 a number in a list of texts": ("[locks]\nforce = [3]", "S009", "line 18", "locks.force[0]", ("text in quotes",)),
    "S009 a number for a table": (("[time]", "spacing = 3\n[time]"), "S009", "line 6", "spacing", ("Write [spacing]",)),
    "S010 an unknown family in off": (('title = "Toy"', 'off = ["sy"]'), "S010", "line 2", "off[0]", ('Did you mean "sky"?',)),
    "S010 an unknown aim": ('[objective]\naims = ["most_compote"]', "S010", "line 18", "objective.aims[0]", ('"most_compute"',)),
    "S011 forced and forbidden": (
        '[locks]\nforce = ["a"]\nforbid = ["b", "a"]',
        "S011",
        "line 19",
        "locks.forbid[1]",
        ('"a", forced by models/toy/model.toml:18',),
    ),
    "S011 a family twice in off": (('title = "Toy"', 'off = ["sky", "sky"]'), "S011", "line 2", "off", ("2 times",)),
    "S012 blocks that do not divide a day": (("[time]", "[time]\nblocks = 7"), "S012", "line 7", "time.blocks", ("Write 6",)),
    "S012 no period": (
        ('[{ name = "2027", months = 12 }, { name = "2028", months = 6 }]', "[]"),
        "S012",
        "line 7",
        "time.periods",
        ("at least one",),
    ),
    "S012 two periods of one name": (('"2028"', '"2027"'), "S012", "line 7", "time.periods", ('"2027" 2 times',)),
    "S012 a month in no season and one in two": (
        "[time.seasons]\nwinter = [11, 12, 1, 2, 3, 4]\nsummer = [4, 5, 6, 7, 8, 9]",
        "S012",
        "line 17",
        "time.seasons",
        ("month 4 in 2 seasons", "month 10 in none"),
    ),
    "S015 a whole number with a fraction": ("[spacing]\nmax_sites = 2.5", "S015", "line 18", "spacing.max_sites", ("2 or 3",)),
    "S015 a whole number with a point": ("[spacing]\nmax_sites = 2.0", "S015", "line 18", "spacing.max_sites", ("Write 2",)),
    "S016 a month that is none": (('"2027-01"', '"2027-13"'), "S016", "line 4", "start", ("2027-01",)),
    "S016 a time zone that is none": (
        ('title = "Toy"', 'timezone = "Los Angeles"'),
        "S016",
        "line 2",
        "timezone",
        ("America/Los_Angeles",),
    ),
    "S016 another currency": (('title = "Toy"', 'currency = "EUR"'), "S016", "line 2", "currency", ("USD",)),
    "S017 a number with a unit": (
        '[spacing]\nmin_spacing_km = "20 mi"',
        "S017",
        "line 18",
        "spacing.min_spacing_km",
        ("from 0 to 500 km", "number in km"),
    ),
    "S017 a key without its unit": (
        "[spacing]\nmin_spacing = 20",
        "S017",
        "line 18",
        "spacing.min_spacing",
        ('"min_spacing_km"',),
    ),
    "S017 a bare number with a unit": (
        "[spacing]\nmin_spacing_km = 20 km",
        "S017",
        "line 18, column 18",
        "spacing.min_spacing_km",
        ("Write 20 without",),
    ),
    "S018 a date for text": (('"2027-01"', "2027-01-01"), "S018", "line 4", "start", ("in quotes",)),
    "S019 a percentage in quotes": ('[effort]\ngap = "5%"', "S019", "line 18", "effort.gap", ("Write 0.05",)),
    "S019 a bare percentage": ("[effort]\ngap = 5%", "S019", "line 18, column 7", "effort.gap", ("Write 0.05",)),
    "S020 a number without end": (
        ("total_musd = 900.0", "total_musd = inf"),
        "S020",
        "line 16",
        "budget.total_musd",
        ("finite",),
    ),
    "S020 not a number": ("[spacing]\nloss_share = nan", "S021", "line 18", "spacing.loss_share", ("from 0 to 1",)),
    "S020 an exponent too far": (
        ("total_musd = 900.0", "total_musd = 1e999"),
        "S020",
        "line 16",
        "budget.total_musd",
        ("finite",),
    ),
    "S021 no time": ("[effort]\ntime_limit_s = 0", "S021", "line 18", "effort.time_limit_s", ("from 1 to 86400 s",)),
    "S021 negative time": ("[effort]\ntime_limit_s = -5", "S021", "line 18", "effort.time_limit_s", ("from 1 to 86400 s",)),
    "S021 endless time": ("[effort]\ntime_limit_s = inf", "S021", "line 18", "effort.time_limit_s", ("from 1 to 86400 s",)),
    "S021 a percentage for a share": ("[spacing]\nloss_share = 5", "S021", "line 18", "spacing.loss_share", ("5 % is 0.05",)),
    "S021 nothing where something must be": (
        "[sky]\nterminal_gbps = 0",
        "S021",
        "line 18",
        "sky.terminal_gbps",
        ("above 0 and at most 100 Gbps",),
    ),
    "S021 a month beyond the year": ("[time.seasons]\nwinter = [13]", "S021", "line 18", "time.seasons.winter[0]", ("1 to 12",)),
    "S022 a module name with a slash": (("[modules.pod]", '[modules."a/b"]'), "S022", "line 9", "modules.a/b", ("letters",)),
    "S022 a period name with a blank": (('"2028"', '"20 28"'), "S022", "line 7", "time.periods[1].name", ("letters",)),
    "S026 a region that is not there": (('"toyland"', '"toylnd"'), "S026", "line 3", "region", ('Did you mean "toyland"?',)),
    "S026 a layer file that is not there": (
        '[layers]\nsources = "nowhere/s.geojson"',
        "S026",
        "line 18",
        "layers.sources",
        ("nowhere/s.geojson", "models/toy/nowhere/s.geojson"),
    ),
    "S032 a bare word": ("country = NO", "S032", "line 17, column 11", "budget.country", ('quotes: write "NO"',)),
    "S032 a bare word in a list": ("[locks]\nforce = [a, b]", "S032", "line 18, column 9", "locks.force", ('["a", "b"]',)),
    "S032 the True of Python": ("[spacing]\ncareful = True", "S032", "line 18, column 11", "spacing.careful", ("Write true",)),
    "S032 the None of Python": (
        "[spacing]\nmax_sites = None",
        "S032",
        "line 18, column 13",
        "spacing.max_sites",
        ("leave the key out",),
    ),
    "S034 a table twice": ("[time]\nblocks = 6", "S034", "lines 6 and 17", "time", ("Join the two",)),
    "S007 an unknown layer": ('[layers]\nsorces = "a.geojson"', "S007", "line 18", "layers.sorces", ('Did you mean "sources"?',)),
    "S011 a CRS for a layer that is not there": ('[crs]\nlines = "EPSG:5070"', "S011", "line 18", "crs.lines", ("[layers]",)),
    "X005 a layer on the network": (
        '[layers]\nzones = "http://x.org/z.geojson"',
        "X005",
        "line 18",
        "layers.zones",
        ("local file",),
    ),
    "X005 a layer of a virtual file system": (
        '[layers]\nzones = "/vsicurl/x.org/z"',
        "X005",
        "line 18",
        "layers.zones",
        ("local",),
    ),
    "X007 a layer above the project": (
        '[layers]\nzones = "../../../../../etc/passwd"',
        "X007",
        "line 18",
        "layers.zones",
        ("--allow-outside",),
    ),
    "X007 a layer by its whole path": (
        '[layers]\nzones = "/etc/passwd"',
        "X007",
        "line 18",
        "layers.zones",
        ("--allow-outside",),
    ),
    "X006 a folder for a layer": ('[layers]\nzones = "."', "X006", "line 18", "layers.zones", ("a folder",)),
}


def text_of(change: str | tuple[str, str]) -> str:
    if isinstance(change, str):
        return MODEL + change + "\n"
    assert change[0] in MODEL
    return MODEL.replace(change[0], change[1], 1)


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_slip_is_told_with_its_place_and_remedy(tmp_path: Path, name: str) -> None:
    change, code, where, field, words = CASES[name]
    project(tmp_path, text_of(change))
    found = faults(tmp_path)
    print([fault.sentence() for fault in found])
    fault = sole(found)
    assert (fault.code, fault.file, fault.where, fault.field) == (code, FILE, where, field)
    assert all(word in fault.sentence() for word in words)
    assert fault.remedy
