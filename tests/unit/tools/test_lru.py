"""A dictionary with limits keeps what was used last."""

from __future__ import annotations

from watch_cluster.tools.lru import Lru


def test_drops_the_least_recently_used_entry_when_full() -> None:
    entries: Lru[str, int] = Lru(2)
    entries.put("a", 1)
    entries.put("b", 2)
    assert entries.get("a") == 1
    entries.put("c", 3)
    assert [entries.get(key) for key in "abc"] == [1, None, 3]


def test_counts_a_replaced_entry_once() -> None:
    entries: Lru[str, int] = Lru(2)
    for value in range(3):
        entries.put("a", value)
    entries.put("b", 9)
    assert (len(entries), entries.get("a"), entries.get("b")) == (2, 2, 9)


def test_drops_the_oldest_entries_when_they_weigh_too_much_together() -> None:
    entries: Lru[str, str] = Lru(10, weigh=len, max_weight=5)
    entries.put("a", "xx")
    entries.put("b", "xxx")
    entries.put("c", "x")
    assert [entries.get(key) for key in "abc"] == [None, "xxx", "x"]


def test_does_not_keep_an_entry_that_is_too_heavy_on_its_own() -> None:
    entries: Lru[str, str] = Lru(10, weigh=len, max_weight=5)
    entries.put("a", "xxxxxx")
    assert entries.get("a") is None


def test_removed_entries_weigh_nothing() -> None:
    entries: Lru[str, str] = Lru(10, weigh=len, max_weight=5)
    entries.put("a", "xxxxx")
    assert entries.pop("a") == "xxxxx"
    assert entries.pop("a") is None
    entries.put("b", "xxxxx")
    entries.clear()
    entries.put("c", "xxxxx")
    assert [entries.get(key) for key in "abc"] == [None, None, "xxxxx"]
