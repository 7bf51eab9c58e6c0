"""The fleet page with 1,000 simulated hosts: frames while nothing is touched and while someone scrolls, memory, CPU."""
from in_browser import measure

if __name__ == "__main__":
    measure("fleet_page.mjs")
