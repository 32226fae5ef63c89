"""The router's figures. The share left to a person is ``outcome="ask"`` over all that `DECISIONS` has ``by="rule"``."""

from collections.abc import Mapping
from typing import Any

from prometheus_client import Counter, Gauge

from services.chassis.database import Transaction

DECISIONS = Counter("joldau_decisions", "Decisions on appeals, by rule or person", ["by", "outcome", "question"])
PARTS = Counter("joldau_appeals_divided", "Appeals that a rule or a person has divided, by number of parts", ["parts"])
REFERRAL_CHANGES = Counter("joldau_referral_changes", "States that referrals have entered", ["agency", "state"])
REFERRALS = Gauge("joldau_referrals", "Referrals, by agency and state", ["agency", "state"])
OVERDUE = Gauge("joldau_referrals_overdue", "Open referrals whose clock has been missed", ["agency"])
TASKS = Gauge("joldau_tasks_open", "Tasks that wait for an operator", ["question"])
TASKS_OVERDUE = Gauge("joldau_tasks_overdue", "Open tasks whose day has passed")


def count_decision(tx: Transaction, record: Mapping[str, Any]) -> None:
    """Count a decision when its transaction has been committed."""
    verdict = record.get("held") or record["verdict"]
    counter = DECISIONS.labels(record["by"], verdict["outcome"], verdict.get("question", ""))
    tx.after_commit(counter.inc)


def count_parts(tx: Transaction, parts: int) -> None:
    """Count an appeal that has been divided when its transaction has been committed."""
    tx.after_commit(PARTS.labels(str(parts)).inc)


def count_referral(tx: Transaction, agency: str, state: str) -> None:
    """Count a referral's new state when its transaction has been committed."""
    counter = REFERRAL_CHANGES.labels(agency, state)
    tx.after_commit(counter.inc)
