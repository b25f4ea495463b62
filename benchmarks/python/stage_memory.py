"""Prints the memory that each stage of a run took: stage_memory.py RUN PEAKS LIMIT_GIB; ends with 1 if one took more of no file.

Pages of files are the system's to keep or to drop, as it has room: what a run cannot do without is of no file.
PEAKS is what peak.sh's `watch` wrote.
"""

import json
import sys
from pathlib import Path

from peaks import most, read, stages


def main():
    run, looks, limit = Path(sys.argv[1]), read(sys.argv[2]), float(sys.argv[3])
    parameters = json.load(open(run / "manifest.json"))["parameters"]
    print(f"{parameters['before'] / 1e9:.3f} B parameters become {parameters['after'] / 1e9:.3f} B\n")
    print("| stage | minutes | resident GiB | of these of no file |")
    print("|---|---|---|---|")
    highest = 0
    for name, (begin, end) in stages(run).items():
        own = most(looks, begin, end, 2)
        highest = max(highest, own)
        print(f"| {name} | {(end - begin) / 60:.1f} | {most(looks, begin, end):.2f} | {own:.2f} |")
    print(f"\nThe most of no file is {highest:.2f} GiB: {'within' if highest <= limit else 'OVER'} {limit:g} GiB.")
    sys.exit(0 if highest <= limit else 1)


main()
