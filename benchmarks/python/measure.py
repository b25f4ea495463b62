"""What the peers measure about themselves: their peak memory, and the median time of a step."""

import pathlib
import resource
import statistics
import time


def peak_rss_bytes():
    """High-water mark of this process's resident memory. VmHWM, because ru_maxrss starts from the parent's on Linux."""
    status = pathlib.Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def median_seconds(step, warm_ups, steps):
    """Runs `step(i)` warm_ups + steps times and returns the median duration of the last `steps`."""
    times = []
    for i in range(warm_ups + steps):
        start = time.perf_counter()
        step(i)
        times.append(time.perf_counter() - start)
    return statistics.median(times[warm_ups:])
