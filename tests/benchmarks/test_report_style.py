"""How methods look: nobody is mistaken for another."""

from __future__ import annotations

from benchmarks.report.style import COLOURS, MANY, looks


def test_few_of_a_family_wear_its_colour_and_differ_by_their_dashes() -> None:
    found = looks([(name, "direct") for name in "abcde"[:MANY]] + [("bc", "demonstrations"), ("random", "references")])
    assert {look.colour for look in found.values() if look.family == "direct"} == {COLOURS["direct"]}
    assert len({look.dash for look in found.values() if look.family == "direct"}) == MANY


def test_many_of_a_family_are_told_apart_by_colour_first() -> None:
    members = [(f"learner-{i:02}", "direct") for i in range(18)]
    found = looks([*members, ("bc", "demonstrations"), ("random", "references")])
    theirs = [found[name] for name, _ in members]
    assert len({(look.colour, look.dash) for look in theirs}) == len(members)
    assert len({look.colour for look in theirs}) == 5  # all but the references' and that of demonstrations
    assert found["bc"].colour == COLOURS["demonstrations"] and found["random"].colour == COLOURS["references"]
    assert {look.marker for look in theirs} == {found["learner-00"].marker}
