"""Compares what TensorBoard reads of a run folder with the run's metrics.jsonl."""

import json
import pathlib
import struct
import sys
from collections import defaultdict

from tensorboard.backend.event_processing import event_accumulator

OWN = {"time", "stage", "step"}


def told(folder: pathlib.Path) -> dict[str, list[tuple[int, float]]]:
    """Of each tag, (place among the stage's lines, value as float32) in the order of metrics.jsonl."""
    tags: dict[str, list[tuple[int, float]]] = defaultdict(list)
    lines: dict[str, int] = defaultdict(int)
    for line in (folder / "metrics.jsonl").read_text().splitlines():
        step = json.loads(line)
        place = lines[step["stage"]]
        lines[step["stage"]] += 1
        for name, value in step.items():
            if name in OWN:
                continue
            if value == "intact":
                value = 0
            if not isinstance(value, str):
                single = struct.unpack("<f", struct.pack("<f", value))[0]
                tags[f"{step['stage']}/{name}"].append((place, single))
    return dict(tags)


def read(folder: pathlib.Path) -> dict[str, list[tuple[int, float]]]:
    accumulator = event_accumulator.EventAccumulator(str(folder), size_guidance={event_accumulator.SCALARS: 0})
    accumulator.Reload()
    return {
        tag: [(event.step, event.value) for event in accumulator.Scalars(tag)]
        for tag in accumulator.Tags()[event_accumulator.SCALARS]
    }


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    expected, found = told(folder), read(folder)
    wrong = sorted(tag for tag in expected.keys() | found.keys() if expected.get(tag) != found.get(tag))
    if wrong or not expected:
        sys.exit(f"TensorBoard reads something else of {', '.join(wrong) or 'an empty run'}")
    print(f"{sum(map(len, found.values()))} values of {len(found)} tags: the same")


if __name__ == "__main__":
    main()
