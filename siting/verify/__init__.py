"""The independent checker: it reads scenario, layers and written files again and holds the plan to every rule.

It shares no code with the families, the program or the planning side's geography: each rule is written from the prose of its
family. A plan that fails here is not published.
"""

from siting.verify.report import RuleResult, VerifyReport
from siting.verify.run import verify_files, verify_folder

__all__ = ["RuleResult", "VerifyReport", "verify_files", "verify_folder"]
