"""Why a report, or a decision about one, is not taken; facts only, as in `bot.errors`.

UserFault
  AlreadyReported   the reporter has told us before: how that stands
  TooManyReports    so many within the hour
  ReportOver        somebody has decided it: who, and how
"""

from datetime import datetime

from bot.errors import UserFault
from bot.report import Report


class AlreadyReported(UserFault):
    """The member has reported this before."""

    def __init__(self, report: Report) -> None:
        super().__init__(report.report_id)
        self.report = report


class TooManyReports(UserFault):
    """The member has reported `limit` within the hour."""

    def __init__(self, limit: int, again_at: datetime) -> None:
        super().__init__(limit, again_at)
        self.limit = limit
        self.again_at = again_at


class ReportOver(UserFault):
    """The report waits for nobody any more."""

    def __init__(self, report: Report) -> None:
        super().__init__(report.report_id, report.outcome)
        self.report = report
