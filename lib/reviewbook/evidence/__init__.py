"""The tables of ``data/``: read, checked once, and handed on as frames and rows."""

from .claims import Claims
from .evidence import Evidence, EvidenceError, load_evidence
from .table import Problem

__all__ = ["Claims", "Evidence", "EvidenceError", "Problem", "load_evidence"]
