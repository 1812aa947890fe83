"""Rounds in which ours and the anchor take turns: what disturbs the machine for a while disturbs both sides of a round.

What is reported is the round in the middle, the one with the median ratio.
"""

from .result import Result


def in_turn(number, ours, theirs):
    """Do both, in odd rounds theirs first; return what ours and what theirs returned."""
    if number % 2:
        their_result = theirs()
        return ours(), their_result
    return ours(), theirs()


def middle(rounds):
    """Return the round with the median ratio among an odd number of pairs (ours, theirs), and all ratios in their order."""
    ratios = [ours / theirs for ours, theirs in rounds]
    return sorted(rounds, key=lambda pair: pair[0] / pair[1])[len(rounds) // 2], ratios


def rates(name, unit, count, anchor, rounds, *, note=None):
    """Return the result of rounds in which both sides did ``count`` things.

    :param rounds: pairs of ``cpu.Spent``, ours and the anchor's
    :param note: tells something else of such a pair
    """
    spent = {(count / ours.seconds, count / theirs.seconds): (ours, theirs) for ours, theirs in rounds}
    (rate, their_rate), ratios = middle(list(spent))
    ours, theirs = spent[rate, their_rate]
    told = [f"ratios {', '.join(f'{ratio:.2f}' for ratio in ratios)}", f"ours: {ours}", f"{anchor}: {theirs}"]
    if note:
        told.append(note(ours, theirs))
    return Result.of_rates(name, unit, rate, anchor, their_rate, note="; ".join(told))


def costs(name, unit, anchor, rounds, *, note=""):
    """Return the result of rounds that cost something.

    :param rounds: pairs of numbers, ours and the anchor's
    """
    (theirs, ours), _ratios = middle([(theirs, ours) for ours, theirs in rounds])
    return Result.of_costs(name, unit, ours, anchor, theirs, note=note)
