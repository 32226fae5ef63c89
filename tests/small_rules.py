"""A small set of rules, so that tests of decisions say all that they depend on."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import yaml

from services.contracts.appeals import AppealKind, Applicant, Channel, Language
from services.router.appeal import Appeal
from services.router.rules import Policy, Rules, RuleSet

AT = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)

LEXICON: dict[str, Any] = {
    "version": "small",
    "classes": {},
    "topics": {
        "corruption": {"body": "retained", "certain": {"ru": "взятк*"}, "strong": {"ru": "откат"}},
        "land": {"body": "land-relations", "strong": {"ru": "участ*"}},
        "education": {"body": "education", "strong": {"ru": "школ*\nдетск* сад*"}},
        "roads": {"body": "akimat", "strong": {"ru": "дорог*"}},
        "water": {"body": "akimat", "strong": {"ru": "водопровод*"}},
        "prosecution": {"body": "prosecution", "strong": {"ru": "прокурор*"}},
        "space": {"body": "space", "strong": {"ru": "космодром*"}},
    },
}

DIRECTORY = """
version: small
unlisted: {ru: [больниц*]}
categories:
  - &category {code: land, name: {kk: ж, ru: з, en: l}, local_executive: true}
  - {<<: *category, code: education}
  - {<<: *category, code: roads}
  - {<<: *category, code: water}
  - {<<: *category, code: prosecution}
  - {<<: *category, code: space}
territories:
  - {code: region, name: {kk: облыс, ru: область, en: region}, anywhere: {ru: [област*]}}
  - {code: talgar, within: region, name: {kk: т, ru: т, en: t}, anywhere: {ru: [талгар*]}}
  - {code: kegen, within: region, name: {kk: к, ru: к, en: k}, anywhere: {ru: [кеген*]}}
agencies:
  - &agency
    code: akimat
    name: {kk: Әкімдік, ru: Акимат области, en: Akimat}
    level: oblast
    territories: [region]
    categories: [roads]
    known_as: {ru: [акимат*]}
    contacts: {address: a, phone: p}
    transport: amqp
    valid_from: 2021-07-01
    source: test
  - {<<: *agency, code: education, categories: [education], superior: akimat, known_as: {ru: [управлени* образовани*]}}
  - <<: *agency
    code: education-talgar
    level: district
    territories: [talgar]
    categories: [education]
    parent: education
    superior: education
    known_as: {ru: [отдел* образовани*]}
  - {<<: *agency, code: land-relations, categories: [land], superior: akimat, known_as: {ru: [управлени* земельн*]}}
  - {<<: *agency, code: waterworks, categories: [water], known_as: {ru: [водоканал*]}}
  - {<<: *agency, code: prosecution, categories: [prosecution], transport: by-hand, known_as: {ru: [прокуратур*]}}
"""


def rule_set(**changes: Any) -> RuleSet:
    """The same as documents."""
    return RuleSet(**{"lexicon": yaml.safe_dump(LEXICON, allow_unicode=True), "directory": DIRECTORY, **changes})


def rules(policy: Policy = Policy.UNSURE) -> Rules:
    return rule_set().rules(policy)


def appeal(text: str, **changes: Any) -> Appeal:
    fields: dict[str, Any] = {
        "id": UUID(int=1),
        "registration_number": "JD-1",
        "received_at": AT,
        "registered_on": AT.date(),
        "language": Language.RUSSIAN,
        "kind": AppealKind.APPLICATION,
        "channel": Channel.WEB,
        "text": text,
        "applicant": Applicant(name="Сынақбаев Тест", phone="+77000000001"),
        "addressed_to": None,
        "complained_of": None,
        "territory": None,
    }
    return Appeal(**{**fields, **changes})
