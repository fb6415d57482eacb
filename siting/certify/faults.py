"""What can be wrong with a certificate, in the one form of all faults.

B001  a file that is not there or cannot be read: certificate, prices, manifest, or a table of the plan
B002  a field of the certificate that is missing, of the wrong kind, or contradicts another
B003  prices that are no finite numbers, too large, twice, too few or too many, or of no aim or case of the certificate
B004  a claim about something else: other aims, bounds or signs than scenario and manifest have, merged slices where none are
      merged, a block of no candidate, columns of no site in parts, cases that leave plans out or bound what does not count
B005  rows that hold earlier aims: not those of the aims before, not met by the plan, or too narrow for better plans
B006  a price of a row that is not in the program, shares its name, lacks that side, or has other sides for other candidates
B007  a bound that what is proven falls short of, by more than the tolerance
B008  a bound that is better than the plan's own value
B009  a gap that is not the way from value to bound
B010  a bound that what is proven falls short of because the time was over
B011  inputs that are not those of the run: its scenario cannot be read, or a layer file is missing or has another digest
"""

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
