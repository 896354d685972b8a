"""Shaping an answer to `why` for scripts: the keys are a contract."""

from collections.abc import Mapping
from typing import Any

from bot.answers.reasons import topic_reason
from bot.answers.sentences import clock_of, sentence, verdict
from bot.core.clauses import Clause
from bot.core.story import Passage, Story
from bot.core.why import Account, Answer
from bot.core.why_topic import TopicFate


def answer_json(answer: Answer, refused: Mapping[str, str]) -> dict[str, Any]:
    """Shape an answer; `refused` tells of topics that are left out why they are."""
    best = answer.best
    return {
        "subscriber": answer.subscriber,
        "id": answer.story.id,
        "version": answer.asked.version,
        "verdict": verdict(answer),
        "fate": "absent" if answer.absent else best and best.fate,
        "absent": answer.absent and answer.absent.why,
        "paper": _paper(answer.story),
        "subscriptions": [_account(answer, one, refused) for one in answer.accounts],
    }


def _paper(story: Story) -> dict[str, Any] | None:
    """Shape what is known of the paper."""
    paper = story.paper
    if paper is None:
        return None
    names = ("version", "title", "categories", "primary_category", "published", "updated", "url")
    return {
        **{name: getattr(paper, name) for name in names},
        "partial": paper.partial,
        "announced": [
            {
                "at": row.date,
                "silent": row.silent,
                "categories": row.late,
                "revision": bool(row.former),
            }
            for row in story.rows
        ],
        "found": dict(story.sightings),
    }


def _account(answer: Answer, account: Account, refused: Mapping[str, str]) -> dict[str, Any]:
    """Shape how one subscription stands."""
    channel, address = account.identity
    held = account.held
    return {
        "channel": channel,
        "address": address,
        "fate": account.fate,
        "verdict": sentence(answer, account) if answer.absent is None else verdict(answer),
        "delivery": account.passage and account.passage.delivery,
        "next_digest": account.next_due,
        "waits": account.waits,
        "suspended": held.suspended.reason if held and held.suspended else None,
        "paused": held.paused.reason if held and held.paused else None,
        "reader_paused_until": held.away if held else None,
        "deliveries": [_passage(one) for one in held.passages] if held else [],
        "topics": [_topic(answer, one, refused) for one in account.topics],
        "revisions": [
            {
                "version": one.version,
                "why": one.why,
                "announced": one.row.date,
                "delivery": one.passage and one.passage.delivery,
            }
            for one in account.revisions
        ],
    }


def _passage(passage: Passage) -> dict[str, Any]:
    """Shape a delivery that holds the paper."""
    names = ("state", "kind", "topics", "revision", "live", "slot", "created_at", "next_at")
    more = ("settled_at", "attempts", "uncertain", "error")
    return {"id": passage.delivery, **{name: getattr(passage, name) for name in (*names, *more)}}


def _topic(answer: Answer, fate: TopicFate, refused: Mapping[str, str]) -> dict[str, Any]:
    """Shape why a topic gave the paper or did not."""
    return {
        "name": fate.name,
        "why": fate.why,
        "reason": topic_reason(fate, answer.story, clock_of(answer)),
        "error": refused.get(fate.name) if fate.why == "broken" else None,
        "query": fate.topic and fate.topic.query.text,
        "kind": fate.kind,
        "off_since": fate.off,
        "matched": fate.clause and fate.clause.matched,
        "clause": fate.clause and _clause(fate.clause),
    }


def _clause(clause: Clause) -> dict[str, Any]:
    """Shape a clause, with what it joins."""
    return {
        "kind": clause.kind,
        "text": clause.text,
        "matched": clause.matched,
        "near": clause.miss and clause.miss.near,
        "found": [
            {"where": one.where, "text": one.text, "marks": one.marks} for one in clause.found
        ],
        "inner": [_clause(one) for one in clause.inner],
    }
