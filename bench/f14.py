"""F14, the page: bytes on the wire of the first load, first contentful paint, and the first live value."""
from in_browser import measure

if __name__ == "__main__":
    measure("first_load.mjs")
