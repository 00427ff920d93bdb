"""What the present state of a set would hold, without storing it: for who fills a set and asks what is for the test."""

from sqlite3 import Connection
from typing import NamedTuple

from cnn_core.data.dataset import DataError
from cnn_core.data.own import database, shelf
from cnn_core.data.own.freezing import Plan
from cnn_core.data.own.packing import numbered
from cnn_core.data.own.rows import described
from cnn_core.data.own.splitting import TEST, VAL


class Division(NamedTuple):
    """Which images are for what, in terms of the zip that `to_zip` would make now; all others are for training."""

    test: list[int]  # bursts, by their numbers there
    val: list[int]  # bursts too; or, with `shares_burst`, images, by their places there from 0
    shares_burst: bool  # whether a burst has training and validation images


def planned(name: str) -> Plan:
    """The set as `latest` would freeze it now. Raises DataError if it lacks anything."""
    with database.reading(shelf.file(name)) as connection:
        return _plan(name, connection)


def divided(name: str) -> Division:
    """How `latest` would divide the set now. Raises DataError if it lacks anything."""
    with database.reading(shelf.file(name)) as connection:
        plan, numbers = _plan(name, connection), numbered(connection)
        images = connection.execute("SELECT id, burst FROM images ORDER BY class_id, id").fetchall()
    parts = dict(zip(plan.ids.tolist(), plan.parts.tolist(), strict=True))
    test, val = ({numbers[str(burst)] for id_, burst in images if parts[id_] == part} for part in (TEST, VAL))
    if plan.shares_burst:
        val = {place for place, (id_, _) in enumerate(images) if parts[id_] == VAL}
    return Division(sorted(test), sorted(val), plan.shares_burst)


def _plan(name: str, connection: Connection) -> Plan:
    if sentence := described(name, connection).lacks():
        raise DataError(sentence)
    return Plan.of(name, connection)
