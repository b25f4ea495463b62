"""When a run's stages were, and how much memory its process had meanwhile, as peak.sh's `watch` writes it."""

import json
from datetime import datetime
from pathlib import Path


def moment(stage, key):
    return datetime.fromisoformat(stage[key].replace("Z", "+00:00")).timestamp()


def stages(run):
    """Each completed stage's begin and end, seconds of the clock."""
    manifest = json.load(open(Path(run) / "manifest.json"))
    return {stage["name"]: (moment(stage, "started"), moment(stage, "ended")) for stage in manifest["stages"] if stage.get("ended")}


def read(path):
    """[(time, most KiB resident since the look before, KiB at the moment that are of no file)]"""
    return [(float(at), int(most), int(own)) for at, most, own in map(str.split, open(path))]


def most(peaks, begin, end, which=1):
    """GiB, of the looks between two times: the first tells of the stage before as well, and does not count if there are others."""
    within = [look[which] for look in peaks if begin <= look[0] <= end]
    return max(within[1:] or within, default=float("nan")) / 2**20
