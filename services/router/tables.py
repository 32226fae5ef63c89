"""The router's tables. `store` writes and reads them; `listing` lists and counts them."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    false,
    text,
)

from services.chassis.database import Json, Serial, UtcDateTime, new_metadata

metadata = new_metadata()

FACETS: Final = ("outcome", "channel", "kind", "language", "category", "territory_code")
"""What lists of appeals are narrowed by, beside days."""
WAITING: Final = "state = 'open'"
"""Of which tasks a person is waited for; literally, or no database would use the index of these alone."""
TO_WORD: Final = "worded = sealed"
"""Of which appeals the words are to be taken in, or out: those of sealed ones are not searched."""

appeal = Table(
    "appeal",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("registration_number", String(200), nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("registered_on", Date, nullable=False),
    Column("language", String(2), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("text", Text, nullable=False),
    Column("applicant", Json, nullable=False),
    Column("addressed_to", String(200)),
    Column("complained_of", String(200)),
    Column("territory", String(200)),
    Column("anonymous", Boolean, nullable=False),
    Column("corruption", Boolean, nullable=False),
    Column("sealed", Boolean, nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("assessed_at", UtcDateTime, nullable=False),
    Column("withdrawn_at", UtcDateTime),
    Column("fix_by", Date),
    # under which category, and where, it is counted and found; neither is a word of the appeal
    Column("category", String(200)),
    Column("territory_code", String(200)),
    # whether its words are among those that are searched; a sealed one's never are
    Column("worded", Boolean, nullable=False, server_default=false()),
    Column("attachments", Json, nullable=False),
    # all that statistics ask of an appeal, so that they need not read its text
    Index(
        "ix_appeal_counted",
        *("registered_on", "territory_code", "channel", "language", "outcome", "category", "id", "sealed"),
    ),
    # what the desk narrows by, so that it need not read the appeals of its tasks
    Index("ix_appeal_desk", "id", "language", "territory_code", "sealed"),
    Index("ix_appeal_outcome_registered_on", "outcome", "registered_on"),
    # the orders of lists, with all that narrows them: what does not fit is passed over without being read
    Index("ix_appeal_received", "received_at", "id", *FACETS, "sealed"),
    Index("ix_appeal_number", "registration_number", "id", *FACETS, "sealed"),
    Index("ix_appeal_changed", "assessed_at", "id", *FACETS, "sealed"),
    Index("ix_appeal_to_word", "id", postgresql_where=text(TO_WORD), sqlite_where=text(TO_WORD)),
)

appeal_word = Table(
    "appeal_word",
    metadata,
    Column("key", BigInteger, primary_key=True, autoincrement=False),
    Column("appeal_id", Uuid, ForeignKey("appeal.id"), primary_key=True),
    Index("ix_appeal_word_appeal_id", "appeal_id"),
)

saved_view = Table(
    "saved_view",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("owner", String(200), nullable=False),
    Column("area", String(20), nullable=False),
    Column("name", String(100), nullable=False),
    Column("query", String(2000), nullable=False),
    Column("shared", Boolean, nullable=False),
    Column("saved_at", UtcDateTime, nullable=False),
    UniqueConstraint("owner", "area", "name"),
)

likeness = Table(
    "likeness",
    metadata,
    Column("key", BigInteger, primary_key=True, autoincrement=False),
    Column("appeal_id", Uuid, ForeignKey("appeal.id"), primary_key=True),
)

decision = Table(
    "decision",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("appeal_id", Uuid, ForeignKey("appeal.id"), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("made_by", String(200), nullable=False),
    Column("rules", String(64), nullable=False),
    Column("record", Json, nullable=False),
    # number of the part that it decides; none for the whole appeal
    Column("part_number", Integer),
    Index("ix_decision_appeal_id", "appeal_id"),
)

part = Table(
    "part",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("appeal_id", Uuid, ForeignKey("appeal.id"), nullable=False),
    # no record, no part, and so no referral of one
    Column("decision_id", Uuid, ForeignKey("decision.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("spans", Json, nullable=False),
    Column("extract", Text),
    Column("outcome", String(20), nullable=False),
    Column("replaced", Boolean, nullable=False),
    UniqueConstraint("appeal_id", "number"),
)

OPEN_REFERRAL: Final = (
    "state IN ('proposed', 'issued', 'received', 'accepted', 'accepted_in_part', 'disputed', 'undeliverable')"
)
"""Which referrals are open; literally, like `WAITING`."""
_OPEN_WHOLE = f"scope = 'full' AND {OPEN_REFERRAL}"

referral = Table(
    "referral",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("appeal_id", Uuid, ForeignKey("appeal.id"), nullable=False),
    # no record, no referral: whatever the code does, the database refuses one without its decision
    Column("decision_id", Uuid, ForeignKey("decision.id"), nullable=False),
    Column("agency", String(63), nullable=False),
    Column("scope", String(10), nullable=False),
    Column("part", Text),
    Column("state", String(20), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("reason", Text),
    Column("predecessor_id", Uuid, ForeignKey("referral.id")),
    Column("path", Json, nullable=False),
    Column("binding", Boolean, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("forward_due_strict", Date, nullable=False),
    Column("forward_due_lenient", Date, nullable=False),
    Column("answer_due_on", Date),
    Column("due_on", Date, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("issued_at", UtcDateTime),
    Column("replied_at", UtcDateTime),
    Column("sent_at", UtcDateTime),
    Column("reissued_at", UtcDateTime),
    Column("look_at", UtcDateTime),
    Column("overdue_reported_at", UtcDateTime),
    # when its agency first said so; the history has the rest
    Column("accepted_at", UtcDateTime),
    Column("declined_at", UtcDateTime),
    Column("answered_at", UtcDateTime),
    Column("part_id", Uuid, ForeignKey("part.id")),
    # all that statistics ask of a referral
    Index(
        "ix_referral_counted",
        *("appeal_id", "agency", "state", "issued_at", "accepted_at", "declined_at", "answered_at", "predecessor_id"),
        "part_id",
    ),
    Index("ix_referral_state_due_on", "state", "due_on"),
    Index(
        "ix_referral_answered_at",
        "answered_at",
        postgresql_where=text("answered_at IS NOT NULL"),
        sqlite_where=text("answered_at IS NOT NULL"),
    ),
    Index("ix_referral_due_on_id", "due_on", "id"),
    Index("ix_referral_created_at_id", "created_at", "id"),
    Index("ix_referral_decision_id", "decision_id"),
    Index("ix_referral_changed_at_id", "changed_at", "id"),
    Index("ix_referral_look_at", "look_at"),
    Index("ix_referral_agency_state", "agency", "state"),
    Index("ix_referral_state_issued_at", "state", "issued_at"),
    # which appeals' referrals are open and due, without reading them
    Index(
        "ix_referral_open",
        "due_on",
        "appeal_id",
        postgresql_where=text(OPEN_REFERRAL),
        sqlite_where=text(OPEN_REFERRAL),
    ),
    # R-REF-4: an appeal goes out as a whole once at a time, and a part once to each agency
    Index(
        "uq_referral_open_whole",
        "appeal_id",
        unique=True,
        postgresql_where=text(_OPEN_WHOLE),
        sqlite_where=text(_OPEN_WHOLE),
    ),
    Index(
        "uq_referral_open_part_agency",
        "part_id",
        "agency",
        unique=True,
        postgresql_where=text(OPEN_REFERRAL),
        sqlite_where=text(OPEN_REFERRAL),
    ),
)

OPENED: Final = "kind IN ('opened', 'expired_opened')"
"""Which events are openings of mailed links; literally, like `WAITING`."""

referral_event = Table(
    "referral_event",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("referral_id", Uuid, ForeignKey("referral.id"), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("state", String(20), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String(200), nullable=False),
    Column("note", Text),
    Column("message_id", Uuid),
    Index("ix_referral_event_referral_id_seq", "referral_id", "seq"),
    Index("ix_referral_event_opened", "at", postgresql_where=text(OPENED), sqlite_where=text(OPENED)),
)

task = Table(
    "task",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("appeal_id", Uuid, ForeignKey("appeal.id"), nullable=False),
    Column("decision_id", Uuid, ForeignKey("decision.id"), nullable=False),
    Column("referral_id", Uuid, ForeignKey("referral.id")),
    Column("question", String(40), nullable=False),
    Column("state", String(20), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("opened_by", String(200), nullable=False),
    Column("note", Text),
    Column("due_on", Date, nullable=False),
    Column("settled_at", UtcDateTime),
    Column("settled_by", String(200)),
    Column("reason", Text),
    Column("part_id", Uuid, ForeignKey("part.id")),
    Index("ix_task_state_due_on_id", "state", "due_on", "id"),
    # all that the desk counts by, so that it need not read the tasks
    Index("ix_task_desk", "state", "question", "due_on", "id", "appeal_id", "referral_id"),
    Index("ix_task_counted", "appeal_id", "question"),
    Index(
        "ix_task_settled_at",
        "settled_at",
        postgresql_where=text("settled_at IS NOT NULL"),
        sqlite_where=text("settled_at IS NOT NULL"),
    ),
    # which appeals wait, without reading their tasks
    Index("ix_task_waiting", "due_on", "appeal_id", postgresql_where=text(WAITING), sqlite_where=text(WAITING)),
)

approval = Table(
    "approval",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("appeal_id", Uuid, ForeignKey("appeal.id"), nullable=False),
    Column("decision_id", Uuid, ForeignKey("decision.id"), nullable=False),
    Column("referral_id", Uuid, ForeignKey("referral.id"), nullable=False),
    Column("approved", Boolean, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("made_by", String(200), nullable=False),
    Column("reason", Text),
    Index("ix_approval_decision_id", "decision_id"),
)

reply = Table(
    "reply",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("agency", String(63), nullable=False),
    Column("event_id", Uuid, nullable=False),
    Column("referral_id", Uuid, ForeignKey("referral.id"), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("occurred_at", UtcDateTime, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("registration_number", String(200)),
    Column("reason", Text),
    Column("proposed_agency", String(63)),
    Column("text", Text),
    Column("sequence", Integer),
    Column("registered_on", Date),
    Column("reason_code", String(40)),
    Column("legal_basis", String(200)),
    Column("extended_to", Date),
    Column("language", String(2)),
    Column("returned", Json),
    Column("documents", Json),
    # of replies from before this column none is kept
    Column("sha256", String(64)),
    # ids in the inbox are forgotten one day; an agency's event counts once for ever
    UniqueConstraint("agency", "event_id"),
    Index("ix_reply_referral_id", "referral_id"),
)

# what lies ready for agencies that fetch it; once acknowledged, its words are gone
agency_order = Table(
    "agency_order",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=True),
    Column("agency", String(63), nullable=False),
    Column("message_id", Uuid, nullable=False, unique=True),
    Column("referral_id", Uuid, ForeignKey("referral.id"), nullable=False),
    Column("appeal_id", Uuid, ForeignKey("appeal.id"), nullable=False),
    Column("body", LargeBinary),
    # what is proved of it when the body is gone; not known of older ones
    Column("type", String(255)),
    Column("body_sha256", String(64)),
    Column("laid_out_at", UtcDateTime, nullable=False),
    Column("acknowledged_at", UtcDateTime),
    Index("ix_agency_order_appeal_id", "appeal_id"),
    Index("ix_agency_order_acknowledged_at", "acknowledged_at"),
    Index(
        "ix_agency_order_waiting",
        "agency",
        "seq",
        postgresql_where=text("acknowledged_at IS NULL"),
        sqlite_where=text("acknowledged_at IS NULL"),
    ),
)

proof = Table(
    "proof",
    metadata,
    Column("referral_id", Uuid, ForeignKey("referral.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(10), nullable=False),
    # a text: it is hashed as it stands
    Column("at", String(40), nullable=False),
    Column("facts", Json, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("key", String(64), nullable=False),
    Column("signature", String(128), nullable=False),
    # of which message, or which reply
    Column("message_id", Uuid, unique=True),
    Column("reply_seq", BigInteger, unique=True),
)

document = Table(
    "document",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

rule_set = Table(
    "rule_set",
    metadata,
    Column("number", Serial, primary_key=True, autoincrement=True),
    Column("version", String(64), nullable=False, unique=True),
    Column("lexicon", String(64), ForeignKey("document.sha256"), nullable=False),
    Column("directory", String(64), ForeignKey("document.sha256"), nullable=False),
    Column("model", String(64), ForeignKey("document.sha256")),
    Column("overrides", Json, nullable=False),
    Column("margins", Json, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", String(200), nullable=False),
    Column("note", Text, nullable=False),
    Column("base", String(64)),  # version that a proposal was made from; none once it has been in force
)

# each row is an act; the newest one's rule set is in force
activation = Table(
    "activation",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("version", String(64), ForeignKey("rule_set.version"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String(200), nullable=False),
    Column("reason", Text, nullable=False),
)

# each row is an act; the newest one's rule set, if it names one, decides beside that in force and never acts
shadow = Table(
    "shadow",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("id", Uuid, nullable=False),
    Column("version", String(64), ForeignKey("rule_set.version")),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String(200), nullable=False),
    Column("reason", Text, nullable=False),
)

# agencies, or ours, or a person's with the question: no words of an appeal
shadow_decision = Table(
    "shadow_decision",
    metadata,
    Column("version", String(64), ForeignKey("rule_set.version"), primary_key=True),
    Column("appeal_id", Uuid, ForeignKey("appeal.id"), primary_key=True),
    Column("was", String(1400), nullable=False),
    Column("would_be", String(1400), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

# it only grows: `trail` chains each entry to the one before
trail = Table(
    "trail",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("by", String(200), nullable=False),
    Column("act", String(60), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("facts", Json, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("sha256", String(64), nullable=False),
    Index("ix_trail_by_number", "by", "number"),
    Index("ix_trail_subject_number", "subject", "number"),
)

# who works at the console
operator = Table(
    "operator",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("login", String(63), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("roles", Json, nullable=False),
    # none for whoever signs in elsewhere
    Column("password", String(200)),
    # who they are to the sign-in service (issuer and subject), if they sign in there
    Column("subject", String(500), unique=True),
    Column("language", String(2), nullable=False),
    Column("theme", String(5), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("disabled_at", UtcDateTime),
    Column("failures", Integer, nullable=False),
    Column("locked_until", UtcDateTime),
)

# only the hash of what the browser has
operator_session = Table(
    "operator_session",
    metadata,
    Column("sha256", LargeBinary(32), primary_key=True),
    Column("operator_id", Uuid, ForeignKey("operator.id"), nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Index("ix_operator_session_operator_id", "operator_id"),
)

# who works on a case and until when: two people never do unknowingly
claim = Table(
    "claim",
    metadata,
    Column("appeal_id", Uuid, ForeignKey("appeal.id"), primary_key=True),
    Column("by", String(200), nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
)

_WAITING = "state = 'waiting'"

# what an operator has said and may still take back; once it has ended, its words are gone from here
held_act = Table(
    "held_act",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("appeal_id", Uuid, ForeignKey("appeal.id"), nullable=False),
    Column("task_id", Uuid, ForeignKey("task.id"), nullable=False),
    Column("verb", String(20), nullable=False),
    Column("arguments", Json, nullable=False),
    Column("by", String(200), nullable=False),
    Column("reads_sealed", Boolean, nullable=False),
    Column("trace", String(100)),
    # of one act on many tasks
    Column("bulk_id", Uuid),
    Column("state", String(10), nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    # code of the problem that it met
    Column("refusal", String(40)),
    Column("seen_at", UtcDateTime),
    Index(
        "uq_held_act_waiting",
        "appeal_id",
        unique=True,
        postgresql_where=text(_WAITING),
        sqlite_where=text(_WAITING),
    ),
    Index("ix_held_act_state_due_at", "state", "due_at"),
    Index("ix_held_act_by_state", "by", "state"),
    Index("ix_held_act_bulk_id", "bulk_id"),
)
