#!/usr/bin/env python3
"""docs/dependencies.md names every Debian package that ./dev installs and every npm package that is asked for."""
import json
import pathlib
import re
import sys

CHECKOUT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")


def wanted():
    for line in (CHECKOUT / "tools/dev/packages.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            yield "tools/dev/packages.txt", line.split()[1]
    for folder in ("tools/node", "web", "tests/browser"):
        package = json.loads((CHECKOUT / folder / "package.json").read_text())
        for kind in ("dependencies", "devDependencies", "optionalDependencies"):
            for name in package.get(kind, {}):
                yield f"{folder}/package.json", name


def lock_files_with_addresses():
    for folder in ("tools/node", "web", "tests/browser"):
        if '"resolved"' in (CHECKOUT / folder / "package-lock.json").read_text():
            yield folder


def main():
    page = (CHECKOUT / "docs/dependencies.md").read_text()
    named = set(re.findall(r"[@\w./+-]+", page))
    everything = list(wanted())
    missing = [f"docs/dependencies.md does not name {name} ({where})" for where, name in everything if name not in named]
    missing += [f"{folder}/package-lock.json carries download addresses" for folder in lock_files_with_addresses()]
    print("\n".join(missing) or f"{len(everything)} dependencies are named")
    return 1 if missing or not everything else 0


if __name__ == "__main__":
    sys.exit(main())
