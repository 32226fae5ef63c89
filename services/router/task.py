"""A task: what waits for an operator, and how it ends."""

from enum import StrEnum
from typing import Final


class Question(StrEnum):
    """What a person is asked, by the reason why no rule goes on."""

    POSSIBLE_CORRUPTION = "possible_corruption"
    """Something points at corruption: too little to keep it, too much to send it away."""
    NOTHING_FOUND = "nothing_found"
    """Nothing in the text says whose matter it is."""
    TOO_LITTLE = "too_little"
    """Too little says whose matter it is."""
    DISAGREEMENT = "disagreement"
    """Two agencies are about equally likely: a doubt, or two questions in one appeal."""
    COMPLAINED_OF_UNCLEAR = "complained_of_unclear"
    """It is a complaint, and we cannot tell of whom."""
    NO_SUPERIOR = "no_superior"
    """Nobody in the directory stands above the body complained of; perhaps only a court does (АППК art. 91(6))."""
    NO_AGENCY = "no_agency"
    """Nobody in the directory answers for the matter there."""
    BY_HAND = "by_hand"
    """The competent agency has no system: a person sends it."""
    DECLINED = "declined"
    """An agency has declined, and no other one follows from the rules."""
    EXTRACT = "extract"
    """Beside corruption, which stays ours, it seems to ask for something else: is an extract to be sent on?"""
    APPROVAL = "approval"
    """The rules propose a referral, and a person must approve it."""
    REJECTED = "rejected"
    """An operator refused the proposal: who is competent instead?"""
    RECALLED = "recalled"
    """An operator took the referral back: who is competent instead?"""
    REVIEW = "review"
    """An operator wants an appeal looked at again that is considered ours."""
    ALARM = "alarm"
    """It may tell of a crime or a threat: pass it on at once, whatever else it is about (art. 64(7-2))."""
    REPEATED = "repeated"
    """It may repeat what we have considered: return it, terminate, or let it go on (arts. 64(7)(2), 88)."""
    OBSCENE = "obscene"
    """It has obscene language: return it, or let it go on (art. 64(7)(2))."""
    ANONYMOUS = "anonymous"
    """It has no author and tells of no crime: terminate it, or have it fixed (arts. 64(6), 88)."""
    FIXED = "fixed"
    """The applicant has added what the appeal lacked: whose matter is it?"""
    FIX_LAPSED = "fix_lapsed"
    """The time to add what the appeal lacks has lapsed: return it within three working days (АППК art. 64(7)(1))."""
    UNDELIVERABLE = "undeliverable"
    """The agency's consumer refused the referral: send it again, or to another agency."""
    SILENT = "silent"
    """The agency has not said that it has the referral."""
    NOT_ACCEPTED = "not_accepted"
    """The agency has not said whether it is competent; the time to pass it on is running out (АППК art. 65(1))."""
    OVERDUE = "overdue"
    """The agency's term has passed without an answer."""
    EXTENSION_UNLAWFUL = "extension_unlawful"
    """The agency says that its term is extended, as the law does not allow: the old term stands (АППК art. 76(3))."""
    DISPUTED = "disputed"
    """The agency declines what it may not, or what others have declined before: an arbiter decides."""
    ARBITER_LATE = "arbiter_late"
    """The arbiter's days have passed without a decision: see to it that there is one."""
    BINDING_DECLINED = "binding_declined"
    """The agency declines what an arbiter has given it: the decision stands, unless the arbiter takes it back."""
    PART_UNCLEAR = "part_unclear"
    """The agency returns a part that is not quoted from the referral's text: ask it what it means."""
    CLOSED = "closed"
    """The agency has been closed, and no rule gives its referral to another: who is competent instead?"""
    RECALL_REFUSED = "recall_refused"
    """The agency's consumer refused to hear that a referral is recalled: tell it in another way."""


LOOKS: Final = frozenset(
    {
        *(Question.SILENT, Question.NOT_ACCEPTED, Question.OVERDUE, Question.RECALL_REFUSED),
        *(Question.EXTENSION_UNLAWFUL, Question.EXTRACT, Question.BINDING_DECLINED, Question.PART_UNCLEAR),
        Question.ARBITER_LATE,
    }
)
"""Questions that only ask for a look. On each other one the way of an appeal depends."""


ARBITERS: Final = frozenset({Question.DISPUTED, Question.BINDING_DECLINED})
"""Questions whose answer is an arbiter's alone."""


class TaskState(StrEnum):
    """Whether a task still waits, and how it ended."""

    OPEN = "open"
    ASSIGNED = "assigned"
    """The appeal goes to the agency that the operator named."""
    DIVIDED = "divided"
    """The appeal goes on in the parts that the operator told apart."""
    ARBITRATED = "arbitrated"
    """An arbiter has decided."""
    RETAINED = "retained"
    """It is ours, says the operator."""
    APPROVED = "approved"
    """The referral proposed was issued."""
    CLOSED = "closed"
    """The appeal was returned, terminated or filed, or its applicant asked to fix it."""
    REISSUED = "reissued"
    """The referral was sent again."""
    DISMISSED = "dismissed"
    """Looked at; nothing to be done."""
    OVERTAKEN = "overtaken"
    """Events have settled it."""
