"""The store keeps what was written, and its loss stops no update."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from watch_cluster.adapters.docker.state.leadership import FileLeadership
from watch_cluster.adapters.docker.state.store import FILE, EffectiveImage, Entry, Store
from watch_cluster.domain.workload.workload import WorkloadKey

KEY = WorkloadKey("machine", "Container", "web")
ENTRY = Entry(2, {"rollout": "{}"}, {"check-now": "1"}, {"id": EffectiveImage("shop:1", None)})


def test_the_next_process_reads_the_stored_pushes(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put(KEY, ENTRY)
    store.close()
    assert Store(tmp_path).entry(KEY) == ENTRY


def test_an_older_entry_does_not_replace_a_newer_one(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.put(KEY, ENTRY)
    store.put(KEY, Entry(1, {"rollout": "old"}))
    assert store.entry(KEY) == ENTRY


def test_nothing_is_kept_for_an_unknown_workload(tmp_path: Path) -> None:
    assert Store(tmp_path).entry(KEY) == Entry()


def test_a_freeze_is_seen_by_other_processes(tmp_path: Path) -> None:
    first, second = Store(tmp_path), Store(tmp_path)
    first.freeze("shop", "release week")
    assert second.freezes() == {"shop": "release week"}
    first.freeze("shop", None)
    assert second.freezes() == {}


def test_an_unreadable_file_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"not a database" * 100)
    store = Store(tmp_path)
    store.put(KEY, ENTRY)
    assert store.entry(KEY) == ENTRY
    assert (tmp_path / FILE).with_suffix(".unreadable").is_file()


def test_without_a_folder_it_works_and_does_not_last(tmp_path: Path) -> None:
    store = Store(tmp_path / "absent")
    store.put(KEY, ENTRY)
    assert store.entry(KEY) == ENTRY
    assert not store.lasting


def test_one_of_two_processes_leads_and_the_other_takes_over(tmp_path: Path) -> None:
    first, second = FileLeadership(Store(tmp_path)), FileLeadership(Store(tmp_path))
    moment = datetime(2031, 1, 1, tzinfo=UTC)
    first.start()
    second.start()
    assert (first.leads(), second.leads()) == (True, False)
    first.finish_tick(moment)
    first.close()
    assert second.wait(10)
    assert second.finished_tick() == moment
    second.close()


@pytest.mark.parametrize("folder", [".", "absent"])
def test_a_process_alone_leads(tmp_path: Path, folder: str) -> None:
    alone = FileLeadership(Store(tmp_path / folder))
    alone.start()
    assert alone.leads()
    alone.close()
    assert not alone.leads()
