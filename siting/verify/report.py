"""What the checker says: one result a rule, and a fault for everything that breaks one.

A use is over its limit when it exceeds it by more than a millionth of the row's size, with a floor of a millionth of the
unit; numbers in files are rounded to six decimals, and a sum of n of them may be off by n half units of the last one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from siting.errors import Fault

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Where = Callable[[tuple[int, ...]], str]

RELATIVE: Final = 1e-6
FLOOR: Final = 1e-6
ROUNDING: Final = 0.51e-6
"""Half a unit of the last decimal that files keep."""
MOST_FAULTS: Final = 20
"""Faults told one by one for each rule; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: `code` is stable, `name` is "family.rule", `says` the inequality in words, `unit` that of its two sides."""

    code: str
    name: str
    says: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class RuleResult:
    """How a rule fared: rows checked, and the worst of them: the largest use less limit (negative where all have room),
    the largest difference of two numbers that should be equal, or the number of broken statements."""

    name: str
    checked: int
    worst: float
    unit: str


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """All faults of a folder, and one result for every rule that was looked at."""

    faults: tuple[Fault, ...]
    rules: tuple[RuleResult, ...]

    @property
    def passed(self) -> bool:
        """Whether every rule holds."""
        return not any(not fault.warning for fault in self.faults)


class CannotCheck(Exception):
    """Something a rule needs is missing or unreadable; `fault` says what."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.sentence())
        self.fault = fault


def places(*axes: tuple[str, Sequence[str]]) -> Where:
    """Words for a position in an array whose axes have these names and labels: "site c-1, period 2027"."""

    def where(at: tuple[int, ...]) -> str:
        return ", ".join(f"{name} {labels[n]}".strip() for (name, labels), n in zip(axes, at, strict=True))

    return where


def rows(name: str, labels: Sequence[str]) -> Where:
    """Words for a position in an array with one axis."""
    return places((name, labels))


@dataclass(slots=True)
class Judge:
    """Collects faults and results while the rules are gone through. `folder` stands before every file name."""

    folder: str
    faults: list[Fault] = field(default_factory=list)
    _checked: dict[str, int] = field(default_factory=dict)
    _worst: dict[str, float] = field(default_factory=dict)
    _told: dict[str, int] = field(default_factory=dict)
    _rules: dict[str, Rule] = field(default_factory=dict)

    def at_most(
        self,
        rule: Rule,
        use: ArrayLike,
        limit: ArrayLike,
        file: str,
        column: str,
        where: Where,
        *,
        slack: ArrayLike = 0.0,
        size: ArrayLike = 0.0,
    ) -> None:
        """Hold `use` to `limit`, element by element; `slack` is what rounding of the written numbers may make, `size` the
        magnitude of the row's terms where its sides are differences of large ones."""
        used, bound = self._pair(use, limit)
        excess = used - bound
        allowed = RELATIVE * np.maximum(np.maximum(np.abs(used), np.abs(bound)), size) + FLOOR + np.asarray(slack)
        self._note(rule, excess, ~(excess <= allowed))
        for at in self._broken(~(excess <= allowed)):
            self._tell(rule, file, where(at), column, _number(used[at]), f"at most {_number(bound[at])}{_unit(rule)}")

    def at_least(
        self,
        rule: Rule,
        found: ArrayLike,
        least: ArrayLike,
        file: str,
        column: str,
        where: Where,
        *,
        slack: ArrayLike = 0.0,
        size: ArrayLike = 0.0,
    ) -> None:
        """Hold `found` to a lower limit, as `at_most` does to an upper one."""
        have, bound = self._pair(found, least)
        lack = bound - have
        allowed = RELATIVE * np.maximum(np.maximum(np.abs(have), np.abs(bound)), size) + FLOOR + np.asarray(slack)
        self._note(rule, lack, ~(lack <= allowed))
        for at in self._broken(~(lack <= allowed)):
            self._tell(rule, file, where(at), column, _number(have[at]), f"at least {_number(bound[at])}{_unit(rule)}")

    def equal(
        self,
        rule: Rule,
        found: ArrayLike,
        expected: ArrayLike,
        file: str,
        column: str,
        where: Where,
        *,
        slack: ArrayLike = 0.0,
        size: ArrayLike = 0.0,
    ) -> None:
        """Hold written numbers to recomputed ones. No value (NaN) equals no value only."""
        have, want = self._pair(found, expected)
        apart = np.abs(have - want)
        allowed = RELATIVE * np.maximum(np.abs(want), size) + FLOOR + np.asarray(slack)
        broken = ~((apart <= allowed) | (np.isnan(have) & np.isnan(want)))
        self._note(rule, np.where(np.isnan(apart), np.where(broken, np.inf, 0.0), apart), broken)
        for at in self._broken(broken):
            self._tell(rule, file, where(at), column, _number(have[at]), f"{_number(want[at])}{_unit(rule)}")

    def holds(self, rule: Rule, true: ArrayLike, file: str, column: str, where: Where, found: Where | None = None) -> None:
        """Statements that are true or not; `found` says what stands there instead."""
        broken = np.atleast_1d(~np.asarray(true, dtype=np.bool_))
        self._note(rule, np.array([float(broken.sum())]) if broken.size else np.zeros(0), broken)
        for at in self._broken(broken):
            self._tell(rule, file, where(at), column, found(at) if found else "", "")

    def same(self, rule: Rule, found: Sequence[str], expected: Sequence[str], file: str, column: str, where: Where) -> None:
        """Hold written texts to what they should be, one by one."""
        true = [have == want for have, want in zip(found, expected, strict=True)]
        self._note(rule, np.array([float(true.count(False))]) if true else np.zeros(0), ~np.array(true, dtype=np.bool_))
        for n in [n for n, good in enumerate(true) if not good]:
            self._tell(rule, file, where((n,)), column, found[n] or "nothing", expected[n] or "nothing")

    def match(self, rule: Rule, found: Iterable[str], expected: Iterable[str], file: str, column: str) -> None:
        """Two sets of names that should be one."""
        have, want = set(found), set(expected)
        names = sorted(have | want)
        self._note(rule, np.array([float(len(have ^ want))]), np.array([name in have ^ want for name in names], dtype=np.bool_))
        for name in sorted(have ^ want):
            self._tell(rule, file, name, column, "a row" if name in have else "no row", "no row" if name in have else "a row")

    def fault(self, rule: Rule, file: str, where: str, column: str, found: str, expected: str) -> None:
        """One broken statement."""
        self._note(rule, np.array([1.0]), np.array([True]))
        self._tell(rule, file, where, column, found, expected)

    def report(self) -> VerifyReport:
        """Everything found so far; rules in the order they were first looked at."""
        rest = [self._rest(name, told - MOST_FAULTS) for name, told in self._told.items() if told > MOST_FAULTS]
        results = tuple(
            RuleResult(name, self._checked[name], self._worst.get(name, 0.0), rule.unit) for name, rule in self._rules.items()
        )
        return VerifyReport((*self.faults, *rest), results)

    def _pair(self, one: ArrayLike, other: ArrayLike) -> tuple[Floats, Floats]:
        first, second = np.broadcast_arrays(np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64))
        return np.atleast_1d(first), np.atleast_1d(second)

    def _note(self, rule: Rule, worst: Floats, broken: Flags) -> None:
        self._rules.setdefault(rule.name, rule)
        self._checked[rule.name] = self._checked.get(rule.name, 0) + broken.size
        if worst.size:
            self._worst[rule.name] = max(
                self._worst.get(rule.name, -np.inf), float(np.nanmax(np.where(np.isnan(worst), np.inf, worst)))
            )

    def _broken(self, broken: Flags) -> list[tuple[int, ...]]:
        return [tuple(int(n) for n in at) for at in np.argwhere(broken)]

    def _tell(self, rule: Rule, file: str, where: str, column: str, found: str, expected: str) -> None:
        self._told[rule.name] = self._told.get(rule.name, 0) + 1
        if self._told[rule.name] <= MOST_FAULTS:
            wanted = f"{expected} ({rule.name}: {rule.says})" if expected else f"{rule.name}: {rule.says}"
            self.faults.append(Fault(rule.code, self._file(file), where, column, found, wanted, ""))

    def _rest(self, name: str, count: int) -> Fault:
        rule = self._rules[name]
        return Fault(rule.code, self.folder, f"{count} more rows", "", "the same", f"{rule.name}: {rule.says}", "")

    def _file(self, file: str) -> str:
        return f"{self.folder}/{file}"


def _number(value: float) -> str:
    return "no value" if np.isnan(value) else f"{value:.9g}"


def _unit(rule: Rule) -> str:
    return f" {rule.unit}" if rule.unit else ""
