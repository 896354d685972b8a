"""What a query would have brought: counted over stored papers, day by day and clause by clause."""

from bot.core.backtest.advice import Advice, advise
from bot.core.backtest.days import Day, Period, period_of, weeks
from bot.core.backtest.examples import Example, Marked
from bot.core.backtest.result import Backtest
from bot.core.backtest.spelling import Nearest
from bot.core.backtest.tally import Tally

__all__ = [
    "Advice",
    "Backtest",
    "Day",
    "Example",
    "Marked",
    "Nearest",
    "Period",
    "Tally",
    "advise",
    "period_of",
    "weeks",
]
