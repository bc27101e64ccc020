"""What a check found. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal

from .._tools.layout import one_line
from .core import redact

__all__ = ["CHECKS", "Finding", "Status", "exit_status"]

#: The checks in their order. Each run makes some of them.
CHECKS: Final = (
    "env_file", "django_settings", "client_id", "client_secret", "redirect_uri", "registered",
    "scope", "account_host", "api_host", "base_url", "clock", "live",
)  # fmt: skip

Status = Literal["ok", "wrong", "warning", "unchecked"]


@dataclass(frozen=True)
class Finding:
    """The outcome of one check.

    :param check: the check's name, which does not depend on the language.
    :param found: what is there.
    :param advice: what to do; may be empty.
    :param remedy: the same as a line to copy, into a shell or a file; may be empty.
    :param left_out: whether it was not to be checked, as opposed to could not.
    """

    check: str
    status: Status
    found: str
    advice: str = ""
    remedy: str = ""
    left_out: bool = False

    def as_json(self) -> dict[str, str]:
        """The fields of ``--json``."""
        return {
            "check": self.check,
            "status": self.status,
            "found": self.found,
            "advice": self.advice,
            "remedy": self.remedy,
        }

    def shown(self) -> Finding:
        """This finding as it may leave the process: no secret in it, and no control characters."""
        found, advice, remedy = (
            one_line(redact(text)) for text in (self.found, self.advice, self.remedy)
        )
        return replace(self, found=found, advice=advice, remedy=remedy)


def exit_status(findings: Iterable[Finding]) -> int:
    """0 where all is well, 1 where something is wrong, 2 where something could not be checked."""
    findings = list(findings)
    if any(finding.status == "wrong" for finding in findings):
        return 1
    unchecked = any(f.status == "unchecked" and not f.left_out for f in findings)
    return 2 if unchecked else 0
