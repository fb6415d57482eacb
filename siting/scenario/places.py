"""Where models, overlays, regions and layers are found, and which paths a scenario may name."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from siting.cells import closest, printable, shown
from siting.errors import Fault
from siting.layers.schema import TABLES
from siting.layers.source import LayerSource, door_faults, is_database
from siting.scenario.settings import NAME_PATTERN

ENDINGS: Final = (".geojson", ".gpkg", ".parquet", ".csv")
"""File endings a layer of a region folder is looked for by."""
RESERVED_NAMES: Final = frozenset({"base", "compare"})
MODEL_FILE: Final = "model.toml"
_ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class ModelPlace:
    """A model file: its name, the file, and how people call the file."""

    name: str
    path: Path
    label: str

    @property
    def folder(self) -> Path:
        """The folder of the model file; overlays are in its `whatif`."""
        return self.path.parent

    def projects(self, cwd: Path) -> tuple[Path, ...]:
        """Projects whose `data` holds regions: the folder you stand in, and the one the model's `models` lies in."""
        return tuple(dict.fromkeys((cwd, self.folder.parent.parent if self.folder.parent.name == "models" else cwd)))

    def roots(self, cwd: Path) -> tuple[Path, ...]:
        """Folders whose files the model may name: its projects, its own, and the built-in data."""
        built_in = packaged_folder("data")
        return (*self.projects(cwd), self.folder, *([built_in] if built_in is not None else []))

    def overlay_names(self) -> tuple[str, ...]:
        """Names of the overlays beside the model, sorted."""
        return tuple(sorted(path.stem for path in (self.folder / "whatif").glob("*.toml")))


def packaged_folder(kind: Literal["models", "data"]) -> Path | None:
    """The built-in models or data: of the installed package, else of the source tree. None where there is neither."""
    bundled = Path(__file__).resolve().parents[1] / "_bundled" / kind
    if bundled.is_dir():
        return bundled
    source = _ROOT / kind
    return source if (_ROOT / "pyproject.toml").is_file() and source.is_dir() else None


def label_of(path: Path, cwd: Path) -> str:
    """A path as people call it: relative to the folder they stand in where it lies inside, else whole."""
    for stand in (cwd, cwd.resolve()):
        if path.is_relative_to(stand):
            return printable(path.relative_to(stand).as_posix())
    return printable(str(path))


def find_model(model: str | Path, cwd: Path) -> tuple[ModelPlace | None, list[Fault]]:
    """A model by name (models/<name> of the folder one stands in, then the built-in ones) or by path."""
    text = str(model)
    options = [cwd / "models" / text / MODEL_FILE] if re.fullmatch(NAME_PATTERN, text) else []
    bundled = packaged_folder("models")
    if options and bundled is not None:
        options.append(bundled / text / MODEL_FILE)
    path = cwd / os.path.expanduser(model)
    options += [path / MODEL_FILE] if path.suffix != ".toml" else [path]
    for found in options:
        if _is_file(found):
            name = found.parent.resolve().name if found.name == MODEL_FILE else found.stem
            return ModelPlace(name, found, label_of(found, cwd)), []
    known = sorted({entry.parent.name for root in (cwd / "models", bundled) if root for entry in root.glob(f"*/{MODEL_FILE}")})
    near = closest(text, known)
    remedy = f'Did you mean "{near}"?' if near else "Models here: " + (", ".join(known) or "none") + ". siting new makes one"
    looked = " or ".join(dict.fromkeys(label_of(option, cwd) for option in options))
    return None, [Fault("S002", text, "", "", f"no file {looked}", "a model by name, or the path of its folder or file", remedy)]


def find_overlay(what_if: str | Path, place: ModelPlace, cwd: Path) -> tuple[Path | None, str, list[Fault]]:
    """An overlay by name (whatif/<name>.toml beside the model) or by the path of a .toml file; its path and its name."""
    text = str(what_if)
    by_path = text.endswith(".toml")
    name = Path(text).stem if by_path else text
    if not re.fullmatch(NAME_PATTERN, name) or name in RESERVED_NAMES:
        taken = name in RESERVED_NAMES
        expected = (
            "a name that is not base or compare" if taken else "letters, digits, . _ and -, beginning with a letter or digit"
        )
        remedy = "Rename it" if taken else "A file is named by its path, ending in .toml"
        return None, name, [Fault("W009", "what-if", "", "", shown(text), expected, remedy)]
    path = cwd / os.path.expanduser(text) if by_path else place.folder / "whatif" / f"{name}.toml"
    if _is_file(path):
        return path, name, []
    known = place.overlay_names()
    near = closest(name, known)
    remedy = f'Did you mean "{near}"?' if near else "What-ifs of this model: " + (", ".join(known) or "none")
    fault = Fault("W002", label_of(path, cwd), "", "", "no such file", "an overlay by name, or the path of a .toml file", remedy)
    return None, name, [fault]


def find_region(region: str, base: Path, roots: Sequence[Path]) -> tuple[Path | None, tuple[Path, ...]]:
    """The folder of a region and the places looked at: beside the file that names it, in `data` of each root, among the
    built-in ones."""
    bundled = packaged_folder("data")
    options = [base / region, *(root / "data" / region for root in roots)]
    options += [bundled / region] if bundled is not None else []
    options = [option for option in dict.fromkeys(options) if "\x00" not in str(option)]
    found = next((option for option in options if option.is_dir()), None)
    return (found.resolve() if found is not None and ".." in found.parts else found), tuple(options)


def known_regions(cwd: Path) -> tuple[str, ...]:
    """Names of the regions in `data` of the folder one stands in and of the built-in ones."""
    roots = [root for root in (cwd / "data", packaged_folder("data")) if root is not None and root.is_dir()]
    return tuple(sorted({entry.name for root in roots for entry in root.iterdir() if (entry / "region.geojson").is_file()}))


def layers_in(folder: Path) -> dict[str, tuple[Path, ...]]:
    """The files of each layer in a region folder; more than one where a layer stands there in several formats."""
    found = {name: tuple(p for p in (folder / f"{name}{ending}" for ending in ENDINGS) if _is_file(p)) for name in TABLES}
    return {name: files for name, files in found.items() if files}


def source_from(name: str, written: str, base: Path, crs: str = "") -> LayerSource:
    """A layer as a scenario writes it: `file.gpkg#layer`, relative to `base`. Databases keep their whole address."""
    if is_database(LayerSource(name, written, base)):
        return LayerSource(name, written, base, crs=crs)
    path, _, sublayer = written.partition("#")
    safe = path.replace("\x00", "")
    return LayerSource(name, written, base / safe if safe else base, sublayer, crs)


def path_faults(source: LayerSource, roots: Sequence[Path], allow_outside: bool) -> Iterable[tuple[str, str, str, str]]:
    """Code, found, expected and remedy of every reason why a layer may not be opened."""
    if is_database(source):
        return
    for fault in door_faults(replace(source, path=source.path.partition("#")[0]), roots, allow_outside):
        yield fault.code, f"{shown(source.path)}, {fault.value}", fault.expected, fault.remedy


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
