"""Runs a command and prints its wall and CPU seconds, those of orphaned grandchildren included (Linux subreaper)."""

import ctypes
import json
import os
import resource
import subprocess
import sys
import time

PR_SET_CHILD_SUBREAPER = 36

ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
started = time.monotonic()
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=sys.stderr)
wall = time.monotonic() - started
while True:
    try:
        os.wait()
    except ChildProcessError:
        break
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"code": code, "wallSeconds": wall, "cpuSeconds": used.ru_utime + used.ru_stime}))
