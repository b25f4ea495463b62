"""Compares all methods on SmolLM2-135M by `espalier compare`, sparsity by sparsity, and writes the document."""

import argparse
import datetime
import json
import os
import pathlib
import platform
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
ESPALIER = str(ROOT / "espalier")
CONFIG = ROOT / "benchmarks/methods-compared.conf"
METHODS = (
    "obs,kfac,flap,wanda-sp,magnitude,minitron,mutual-information,adaptive-fusion,llm-pruner,bonsai,layers,nuteprune,sheared,"
    "policy-gradient"
)
CHOICES = ("piqa", "arc_easy", "arc_challenge")
HELD_OUT_DOCUMENTS = 200
# Twenty windows of 512 tokens of English.
TEXT_CHARACTERS = 46_000
FAILED = 1
HEADER = """# Methods compared

SmolLM2-135M by `benchmarks/methods-compared MODEL_DIR`, with what stands in [methods-compared.conf](../benchmarks/methods-compared.conf):
the same calibration tokens, and after each pruning the same 300 steps of recovery. How to read it, and what of it is
noise, says [compare.md](compare.md). Times and speeds of different sections may be of different machines.
"""


def main():
    arguments = argparse.ArgumentParser(prog="methods-compared")
    arguments.add_argument("model", metavar="MODEL_DIR", type=pathlib.Path)
    arguments.add_argument("--out", type=pathlib.Path, default=ROOT / "runs" / "methods-compared")
    arguments.add_argument("--data", type=pathlib.Path, default=ROOT / "../shared/data")
    arguments.add_argument("--methods", default=METHODS)
    arguments.add_argument("--sparsity", default="0.1,0.2,0.3,0.5")
    arguments.add_argument("--doc", type=pathlib.Path, default=ROOT / "docs" / "methods-compared.md")
    arguments.add_argument("--set", action="append", default=[], metavar="[METHOD:]KEY=VALUE", help="may be repeated")
    a = arguments.parse_args()
    a.out.mkdir(parents=True, exist_ok=True)
    settings = [*inputs(a.model.resolve(), a.data.resolve(), a.out), *a.set]
    for sparsity in a.sparsity.split(","):
        compare(a, sparsity, settings)
        discard_weights(a.out / "runs")
        write_section(a, float(sparsity))
        print(f"written: {a.doc}")
    # One page with all of them in its picture.
    sys.exit(compare(a, a.sparsity, settings))


def inputs(model, data, out):
    """What the configuration leaves open; the texts are cut here, since evaluate.limit holds for questions as well."""
    wikitext = cut(data / "wikitext-2/valid.txt", out / "wikitext-2-valid.txt")
    parts = sorted((data / "redpajama-sample/c4-rp").glob("*.jsonl"))
    last = parts[-1].read_text("utf-8").splitlines()[-HELD_OUT_DOCUMENTS:]
    held_out = out / "c4-held-out.txt"
    held_out.write_text("\n".join(json.loads(line)["text"] for line in last), "utf-8")
    held_out = cut(held_out, held_out)
    pattern = parts[-1].parent / "*.jsonl"
    return [
        f"model.path={model}",
        f'data.train=[{{path="{pattern}", domain=c4, skip-last={HELD_OUT_DOCUMENTS}}}]',
        f'evaluate.perplexity=["{wikitext}", "{held_out}"]',
        "evaluate.choices=[" + ", ".join(f'"{data}/zero-shot/{task}.jsonl"' for task in CHOICES) + "]",
    ]


def cut(source, target):
    target.write_text(source.read_text("utf-8")[:TEXT_CHARACTERS], "utf-8")
    return target.resolve()


def compare(a, sparsity, settings):
    """The exit code: 0 or 1, for a run that fails is told in the table."""
    command = [ESPALIER, "compare", str(CONFIG), "--methods", a.methods, "--sparsity", sparsity, "--port", "none"]
    for setting in settings:
        command += ["--set", setting]
    done = subprocess.run([*command, "--out", str(a.out / "runs")], check=False)
    if done.returncode not in (0, FAILED):
        sys.exit(done.returncode)
    return done.returncode


def discard_weights(runs):
    for manifest in runs.glob("*/manifest.json"):
        if json.loads(manifest.read_text("utf-8"))["state"] == "COMPLETED":
            blobs = {file for file in manifest.parent.glob("blobs/**/*") if file.is_file()}
            for weights in blobs | set(manifest.parent.rglob("*.safetensors")):
                weights.unlink()


def write_section(a, sparsity):
    """The sparsity's table in place of an earlier one; the words before stay, and the tables of others, which another machine may have made."""
    title = f"## {100 * sparsity:g} % gone"
    words, *earlier = (a.doc.read_text("utf-8") if a.doc.exists() else HEADER).split("\n## ")
    sections = {section.split("\n")[0]: f"## {section.rstrip()}\n" for section in earlier}
    table = (a.out / "runs/compare.md").read_text("utf-8").rstrip()
    sections[title.removeprefix("## ")] = f"{title}\n\n{machine()}, {datetime.date.today()}.\n\n{table}\n"
    ordered = sorted(sections.items(), key=lambda section: float(section[0].split()[0]))
    a.doc.write_text(words.rstrip() + "\n" + "".join(f"\n{section}" for _, section in ordered), "utf-8")


def machine():
    """Processor and how many of its cores this may use."""
    names = [line.split(":")[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    cores = len(os.sched_getaffinity(0))
    return f"{names[0] if names else platform.machine()}, {cores} core{'' if cores == 1 else 's'}"


if __name__ == "__main__":
    main()
