"""The stores a campaign can run on, by name."""
from machine import SqliteStore

STORES = {"sqlite": SqliteStore}


def store_unavailable(_name):
    """Why a store cannot be tested here, or None."""
    return None
