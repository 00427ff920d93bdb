"""What the present state of a set would hold, without storing it: for who fills a set and asks what is for the test."""

from cnn_core.data.dataset import DataError
from cnn_core.data.own import database, shelf
from cnn_core.data.own.freezing import Plan
from cnn_core.data.own.rows import described


def planned(name: str) -> Plan:
    """The set as `latest` would freeze it now. Raises DataError if it lacks anything."""
    with database.reading(shelf.file(name)) as connection:
        if sentence := described(name, connection).lacks():
            raise DataError(sentence)
        return Plan.of(name, connection)
