"""The report as one self-contained page of HTML."""

from azlocal.report.page.document import page

__all__ = ["page"]
