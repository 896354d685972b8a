"""The one sentence that answers `why`, for all subscriptions and for each of them."""

from bot.answers.reasons import absence_sentence, main_reason
from bot.answers.words import Clock, account_sentence
from bot.core.why import Account, Answer


def clock_of(answer: Answer) -> Clock:
    """Give the clock of whom the answer is about."""
    best = answer.best
    return Clock("UTC" if best is None else best.timezone, answer.now)


def verdict(answer: Answer) -> str:
    """Say what became of the paper, in that subscription where most became of it."""
    best = answer.best
    who, paper = answer.subscriber, answer.story.id
    if answer.absent is not None:
        told = absence_sentence(answer.absent, answer.story, clock_of(answer))
        return f"{who} did not get {paper}: {told}."
    if best is None:
        return f"{who} did not get {paper}: nothing is sent to them, for want of an address."
    return sentence(answer, best)


def sentence(answer: Answer, account: Account) -> str:
    """Say what became of the paper in one subscription."""
    clock = clock_of(answer)
    told = account_sentence(answer.subscriber, answer.story.id, account, clock)
    if account.fate == "not_given":
        return f"{told}: {main_reason(account, answer.story, clock)}."
    return told
