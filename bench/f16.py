"""F16: a build from nothing on two cores, and the rebuild after one rules file was touched, with the tests of its module. A copy
of the sources below build/, no compiler cache; packages of Debian and npm are there already. FETTLE_BENCH_TREE names a checkout
that is built already: then only the rebuilds are measured, in it."""
import os
import resource
import shutil
import subprocess
import tempfile
import time

from fettle_server import ROOT, row

CORES = sorted(os.sched_getaffinity(0))[:2]
ENVIRONMENT = {**os.environ, "CCACHE_DISABLE": "1", "FETTLE_JOBS": "2"}
# One of each level, so that much and little depends on it.
RULES = ("metrics/rate_rules", "access/password_rules", "fleet/presence_rules", "agent/link_rules")


def run(command, tree):
    """Wall and CPU seconds of a command and all that it started, on two cores."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    subprocess.run(command, cwd=tree, env=ENVIRONMENT, check=True, stdout=subprocess.DEVNULL,
                   preexec_fn=lambda: os.sched_setaffinity(0, CORES))
    wall = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {"wall_s": round(wall, 1), "cpu_s": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1)}


def copy_sources(tree):
    names = subprocess.check_output(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, text=True)
    for name in filter(None, names.split("\0")):
        os.makedirs(os.path.dirname(os.path.join(tree, name)), exist_ok=True)
        shutil.copy2(os.path.join(ROOT, name), os.path.join(tree, name), follow_symlinks=False)
    # The program asks git for its version.
    subprocess.run("git init -q && git add -A && git -c user.name=bench -c user.email=bench@invalid commit -qm bench", shell=True,
                   cwd=tree, check=True)


def rebuild(tree):
    for rules in RULES:
        module = rules.split("/")[0]
        program = f"unit_{module}"
        for ending in ("cc", "h"):
            os.utime(os.path.join(tree, f"src/fettle/{rules}.{ending}"))
            figures = run(["./dev", "build", "release", "fettle", program], tree)
            tests = run([f"build/release/tests/unit/{module}/{program}"], tree)
            row("F16 rebuild", touched=f"{rules}.{ending}", built=f"fettle {program}", **figures, tests_wall_s=tests["wall_s"])


if __name__ == "__main__":
    given = os.environ.get("FETTLE_BENCH_TREE")
    if given:
        rebuild(given)
    else:
        os.makedirs(os.path.join(ROOT, "build"), exist_ok=True)
        scratch = tempfile.mkdtemp(prefix="f16-", dir=os.path.join(ROOT, "build"))
        try:
            copy_sources(scratch)
            row("F16 from nothing", cores=len(CORES), **run(["./dev", "build", "release", "all"], scratch))
            rebuild(scratch)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
