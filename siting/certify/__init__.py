"""The bound of a published plan, computed again: the question stated anew from scenario and layers, cut into blocks, priced at
the prices the run folder holds, and every block's minimum bounded from below by rounding that can only lower it.

Shares the statement of the program with the solver, and none of its code: nothing here imports `siting.solve` or `siting.verify`.
"""

from siting.certify.run import AimProof as AimProof
from siting.certify.run import BoundReport as BoundReport
from siting.certify.run import verify_bound as verify_bound

__all__ = ["AimProof", "BoundReport", "verify_bound"]
