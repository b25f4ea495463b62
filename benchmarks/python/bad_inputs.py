"""Prints what Espalier says of inputs that it cannot take; ends with 1 if one of them was taken, or ended otherwise than with 2."""

import argparse
import gzip
import json
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
MODEL = ROOT / "cli/src/main/resources/demo/model"
PARQUET = ROOT / "gpu-worker/src/test/resources/parquet"
BAD_INPUT = 2
TEXT = "The old man and his dog went to the river. " * 400


class Folder:
    """Makes the inputs. Each method returns settings or arguments that name what it wrote."""

    def __init__(self, path):
        self.path = path
        self.write("text.txt", TEXT)
        self.config = self.write(
            "run.conf", f'run.name = bad\nmodel.path = "{MODEL}"\ndata.train = ["{path}/text.txt"]\nevaluate.perplexity = ["{path}/text.txt"]\n'
        )

    def write(self, name, content):
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def text(self, name, content, **keys):
        """A source of texts, and what else is said of it."""
        return self.source(self.write(name, content), **keys)

    def source(self, path, **keys):
        said = "".join(f", {key.replace('_', '-')}={value}" for key, value in keys.items())
        return self.validate(f'data.train=[{{path="{path}"{said}}}]')

    def validate(self, *settings):
        return ["validate", self.config, *(part for setting in settings for part in ("--set", setting))]

    def model(self, name, **changed):
        """The demo's model with other words in config.json."""
        folder = self.path / name
        shutil.copytree(MODEL, folder)
        config = json.loads((folder / "config.json").read_text("utf-8")) | changed
        (folder / "config.json").write_text(json.dumps(config), "utf-8")
        return folder

    def export(self, model, *arguments):
        return ["export", model, *arguments, "--out", self.path / "exported"]


def texts(f):
    parquet = (PARQUET / "snappy.parquet").read_bytes()
    packed = gzip.compress(TEXT.encode())
    lines = "".join(json.dumps({"text": TEXT}) + "\n" for _ in range(3))
    yield "Parquet, cut in half", f.text("cut.parquet", parquet[: len(parquet) // 2])
    yield "Parquet by name only", f.text("named.parquet", TEXT)
    yield "Parquet packed with Brotli", f.source(PARQUET / "brotli.parquet")
    yield "Parquet, bytes that are not UTF-8", f.source(PARQUET / "not-utf8.parquet")
    yield "Parquet, no such column", f.source(PARQUET / "snappy.parquet", text_field="body.text")
    yield "Parquet, conversations taken for texts", f.source(PARQUET / "chats.parquet", text_field="messages")
    yield "gzip, cut", f.text("cut.txt.gz", packed[:-20])
    yield "gzip, other bytes appended", f.text("more.txt.gz", packed + b"more")
    yield "gzip by name only", f.text("named.txt.gz", TEXT)
    yield "gzip, a bomb", f.text("bomb.txt.gz", gzip.compress(bytes(300 << 20), 9))
    yield "zstd, a window of 256 MiB", f.text("window.txt.zst", b"\x28\xb5\x2f\xfd\x00\x90" + struct.pack("<I", 1)[:3])
    yield "zstd by name only", f.text("named.jsonl.zst", lines)
    yield "JSON lines, one that is none", f.text("broken.jsonl", lines + "{text: 1}\n")
    yield "JSON lines, the field is an object", f.text("object.jsonl", '{"text": {"body": "x"}}\n')
    yield "JSON lines, no such field within", f.text("within.jsonl", lines, text_field="body.text")
    yield "not UTF-8", f.text("latin.txt", b"caf\xe9 " * 400)
    yield "a folder without texts", f.source(f.write("empty/picture.png", b"").parent)
    yield "a pattern that finds nothing", f.source(f.path / "none-*.jsonl")
    yield "a share of one document held out", f.validate("data.validation-share=0.1")
    hello = '{"messages": [{"role": "user", "content": "hello"}]}\n'
    yield "a conversation, and a model without a template", f.text("chat.jsonl", hello, format="chat")
    model = f.model("chat")
    (model / "chat_template.jinja").write_text("{% for m in messages %}{{ raise_exception('no users') if m.role == 'user' else m.content }}{% endfor %}")
    chatting = ["--set", f'model.path="{model}"']
    yield "a conversation that its template refuses", f.text("refused.jsonl", hello, format="chat") + chatting
    yield "a conversation that is none", f.text("none.jsonl", '{"messages": "hello"}\n', format="chat") + chatting
    yield "a message without a role", f.text("role.jsonl", '{"messages": [{"content": "hello"}]}\n', format="chat") + chatting


def models(f):
    for what, changed in (
        ("another architecture", {"model_type": "gpt2"}),
        ("Gemma 3 with its eyes", {"model_type": "gemma3"}),
        ("`longrope`", {"rope_scaling": {"rope_type": "longrope", "factor": 4.0}}),
        ("biases in the FFN", {"mlp_bias": True}),
        ("quantised weights", {"quantization_config": {"quant_method": "gptq", "bits": 4}}),
        ("another activation", {"hidden_act": "relu2"}),
        ("query heads that the KV heads do not divide", {"num_attention_heads": 3}),
    ):
        yield what, f.validate(f'model.path="{f.model(what.replace(" ", "-").strip("`"), **changed)}"')
    yield "a name that this machine's cache does not have", f.validate("model.path=someone/no-such-model")


def targets(f):
    for what, settings in (
        ("a share above 1", ["prune.target.sparsity=1.2"]),
        ("two kinds at once", ["prune.target.sparsity=0.2", "prune.target.parameters=1000000"]),
        ("fewer parameters than can be", ["prune.target.parameters=1000"]),
        ("more parameters than there are", ["prune.target.parameters=1e9"]),
        ("bytes in no unit", ['prune.target.bytes="12 parsecs"']),
        ("a shape larger than the model", ["prune.target.shape.intermediate=100000"]),
        ("a shape of what does not go", ["prune.target.shape.hidden=64", "prune.granularity=[ffn]"]),
        ("a share of time that is none", ["prune.target.latency-ratio=0"]),
        ("rounds that rise", ["prune.target.parameters=[1000000, 1200000]"]),
    ):
        yield what, f.validate(*settings)


def formats(f):
    granite = f.model("granite", model_type="granite", embedding_multiplier=2.0, residual_multiplier=0.5)
    granite = f.model("granite-complete", **json.loads((granite / "config.json").read_text("utf-8")), attention_multiplier=0.2, logits_scaling=4.0)
    shifted = f.model("no-rope-layers", model_type="smollm3", no_rope_layers=[1, 1, 0, 1, 1, 1])
    yield "gguf of layers in another order than llama.cpp's", f.export(shifted, "--format", "gguf")
    yield "gguf of an unknown type", f.export(MODEL, "--format", "gguf", "--dtype", "q4_0")
    odd = f.model("odd-tokenizer")
    tokenizer = json.loads((odd / "tokenizer.json").read_text("utf-8"))
    tokenizer["normalizer"] = {"type": "Lowercase"}
    (odd / "tokenizer.json").write_text(json.dumps(tokenizer), "utf-8")
    yield "gguf with a tokenizer that llama.cpp reads otherwise", f.export(odd, "--format", "gguf")
    yield "nemotron-nas of what LLaMA does not compute", f.export(granite, "--format", "nemotron-nas")
    yield "an unknown format", f.export(MODEL, "--format", "onnx")
    yield "hf-padded of hidden sizes that are not known yet", f.validate(
        "export.formats=[hf, hf-padded]", "export.uniform=false", "prune.method=nuteprune", "prune.granularity=[ffn, hidden]"
    )
    yield "`ffn-multiple` where the method cannot keep it", f.validate(
        "export.ffn-multiple=32", "export.uniform=false", "prune.method=flap"
    )
    yield "a folder that is not empty", f.export(MODEL, "--format", "hf-padded")[:-1] + [f.write("full/notes.txt", "mine").parent]


def main():
    arguments = argparse.ArgumentParser(prog="bad-inputs")
    arguments.add_argument("--doc", type=pathlib.Path, help="writes the tables there")
    a = arguments.parse_args()
    wrong, out = [], []
    with tempfile.TemporaryDirectory() as place:
        for title, inputs in (("Texts", texts), ("Models", models), ("Targets", targets), ("Formats", formats)):
            out += ["", f"## {title}", "", "| what | what is said |", "|---|---|"]
            for what, command in inputs(Folder(pathlib.Path(place) / title.lower())):
                code, said = run(command, place)
                print(f"{title}: {what}: {code}", file=sys.stderr)
                out.append(f"| {what} | {said} |")
                if code != BAD_INPUT:
                    wrong.append(f"{what} ended with {code}")
    document = (
        "# Bad inputs\n\nWhat cannot be taken ends with exit code 2 and a word on what is wrong, where, and what to do. `benchmarks/bad-inputs` makes each of\n"
        "these and prints what was said (paths shortened); tests hold many more.\n" + "\n".join(out) + "\n"
    )
    if a.doc:
        a.doc.write_text(document, "utf-8")
    else:
        print(document)
    sys.exit("; ".join(wrong) if wrong else 0)


def run(command, place):
    """(exit code, the message on one line, as a cell of a table)"""
    done = subprocess.run([ROOT / "espalier", *command], capture_output=True, text=True, check=False)
    said = " ".join(done.stderr.split()).replace("espalier: ", "", 1)
    for path, short in ((place, "..."), (str(MODEL), "MODEL"), (str(ROOT), "."), (str(pathlib.Path.home()), "~")):
        said = said.replace(path, short)
    return done.returncode, said.replace("|", "\\|")


if __name__ == "__main__":
    main()
