"""Runs a command and prints its wall and CPU seconds, with those of every process that it started.

What a killed or orphaned grandchild used never reaches its parent's account, so the whole tree is read from /proc while
it runs (the last reading of each process counts); Linux only.
"""

import ctypes
import json
import os
import subprocess
import sys
import time

PR_SET_CHILD_SUBREAPER = 36
READ_EVERY_SECONDS = 0.05
TICKS = os.sysconf("SC_CLK_TCK")
PPID, UTIME, STIME = 1, 11, 12


def stat(pid):
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rsplit(")", 1)[1].split()


def read_tree(used):
    """Adds the ticks of every process below this one to `used`."""
    parents, ticks = {}, {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            fields = stat(name)
        except (FileNotFoundError, ProcessLookupError):
            continue
        parents[int(name)] = int(fields[PPID])
        ticks[int(name)] = int(fields[UTIME]) + int(fields[STIME])
    for pid in parents:
        above = pid
        while above in parents and above != os.getpid():
            above = parents[above]
        if above == os.getpid() and pid != above:
            used[pid] = max(used.get(pid, 0), ticks[pid])


ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
started = time.monotonic()
command = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=sys.stderr)
used = {}
# Not waited for before the last reading: a waited-for process is gone from /proc.
while os.waitid(os.P_PID, command.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
    read_tree(used)
    time.sleep(READ_EVERY_SECONDS)
read_tree(used)
wall = time.monotonic() - started
print(json.dumps({"code": command.wait(), "wallSeconds": wall, "cpuSeconds": sum(used.values()) / TICKS}))
