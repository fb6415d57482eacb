"""What can be wrong with a certificate, in the one form of all faults. Codes B001 to B011."""

from __future__ import annotations

from typing import Final

from siting.errors import Fault

CERTIFICATE_FILE: Final = "certificate.json"
PRICES_FILE: Final = "prices.parquet"
AGAIN: Final = "Run the question again, or restore the files of the run"
UNREADABLE: Final = "B001"
FIELD: Final = "B002"
PRICE: Final = "B003"
CLAIM: Final = "B004"
HELD: Final = "B005"
ROW: Final = "B006"
TOO_WEAK: Final = "B007"
BEYOND: Final = "B008"
GAP: Final = "B009"
UNFINISHED: Final = "B010"
INPUTS: Final = "B011"


class Refused(Exception):
    """A certificate that cannot be looked at further; `faults` say why."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("\n".join(fault.sentence() for fault in faults))
        self.faults = faults


def fault(code: str, file: str, where: str, field: str, found: object, expected: str, remedy: str = AGAIN) -> Fault:
    """One fault; numbers are told with nine digits."""
    told = f"{found:.9g}" if isinstance(found, float) else str(found)
    return Fault(code, file, where, field, told, expected, remedy)
