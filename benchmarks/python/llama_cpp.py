"""llama.cpp through its C interface, as the library in the Java binding de.kherud:llama has it (the one that the tests use)."""

import ctypes
import pathlib
import platform
import sys
import tempfile
import xml.etree.ElementTree
import zipfile

import torch

from process import ROOT

BUILD = 4916  # whose llama.h the structures below are
F32 = 0  # of ggml_type
POM = "{http://maven.apache.org/POM/4.0.0}"


class ModelParams(ctypes.Structure):
    """Never looked into, and larger than llama.h's: passed by value, what is beyond is not read."""

    _fields_ = [("opaque", ctypes.c_uint64 * 64)]


class ContextParams(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_uint32) for name in ("n_ctx", "n_batch", "n_ubatch", "n_seq_max")),
        *((name, ctypes.c_int32) for name in ("n_threads", "n_threads_batch")),
        *((name, ctypes.c_int32) for name in ("rope_scaling_type", "pooling_type", "attention_type")),
        *((name, ctypes.c_float) for name in ("rope_freq_base", "rope_freq_scale")),
        *((name, ctypes.c_float) for name in ("yarn_ext_factor", "yarn_attn_factor", "yarn_beta_fast", "yarn_beta_slow")),
        ("yarn_orig_ctx", ctypes.c_uint32),
        ("defrag_thold", ctypes.c_float),
        *((name, ctypes.c_void_p) for name in ("cb_eval", "cb_eval_user_data")),
        *((name, ctypes.c_int32) for name in ("type_k", "type_v")),
        *((name, ctypes.c_bool) for name in ("logits_all", "embeddings", "offload_kqv", "flash_attn", "no_perf")),
        *((name, ctypes.c_void_p) for name in ("abort_callback", "abort_callback_data")),
    ]


class Batch(ctypes.Structure):
    _fields_ = [
        ("n_tokens", ctypes.c_int32),
        *((name, ctypes.c_void_p) for name in ("token", "embd", "pos", "n_seq_id", "seq_id", "logits")),
    ]


LOG = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)


class LlamaCpp:
    def __init__(self):
        self.library = ctypes.CDLL(str(library()))
        self.build = ctypes.c_int.in_dll(self.library, "LLAMA_BUILD_NUMBER").value
        if self.build != BUILD:
            sys.exit(f"llama.cpp is b{self.build}: bring the structures of {__file__} to its llama.h (now b{BUILD}'s)")
        for name, result, arguments in (
            ("llama_model_default_params", ModelParams, []),
            ("llama_context_default_params", ContextParams, []),
            ("llama_model_load_from_file", ctypes.c_void_p, [ctypes.c_char_p, ModelParams]),
            ("llama_init_from_model", ctypes.c_void_p, [ctypes.c_void_p, ContextParams]),
            ("llama_batch_get_one", Batch, [ctypes.c_void_p, ctypes.c_int32]),
            ("llama_decode", ctypes.c_int32, [ctypes.c_void_p, Batch]),
            ("llama_get_logits", ctypes.POINTER(ctypes.c_float), [ctypes.c_void_p]),
            ("llama_free", None, [ctypes.c_void_p]),
            ("llama_model_free", None, [ctypes.c_void_p]),
            ("llama_log_set", None, [LOG, ctypes.c_void_p]),
        ):
            function = getattr(self.library, name)
            function.restype, function.argtypes = result, arguments
        self.quiet = LOG(lambda level, text, data: sys.stderr.write(text.decode()) if level == 4 else None)
        self.library.llama_log_set(self.quiet, None)

    def open(self, file, vocabulary, context, threads=1):
        return Model(self.library, file, vocabulary, context, threads)


class Model:
    """A file, with an exact cache."""

    def __init__(self, library, file, vocabulary, context, threads):
        self.library, self.vocabulary = library, vocabulary
        self.model = library.llama_model_load_from_file(str(file).encode(), library.llama_model_default_params())
        if not self.model:
            sys.exit(f"llama.cpp does not load {file}")
        params = library.llama_context_default_params()
        assert (params.n_batch, params.yarn_beta_fast, params.type_k) == (2048, 32, 1), "not llama.h's defaults"
        params.n_ctx, params.n_threads, params.n_threads_batch = context, threads, threads
        params.type_k = params.type_v = F32
        self.context = library.llama_init_from_model(self.model, params)
        if not self.context:
            sys.exit(f"llama.cpp makes no context for {file}")

    def logits(self, ids):
        """[T, vocabulary], of these tokens after those before."""
        tokens = (ctypes.c_int32 * len(ids))(*ids)
        every = (ctypes.c_int8 * len(ids))(*[1] * len(ids))
        batch = self.library.llama_batch_get_one(tokens, len(ids))
        batch.logits = ctypes.cast(every, ctypes.c_void_p)  # not of the last alone
        status = self.library.llama_decode(self.context, batch)
        if status != 0:
            sys.exit(f"llama_decode ended with {status}")
        found = self.library.llama_get_logits(self.context)
        copied = bytearray(ctypes.string_at(found, 4 * len(ids) * self.vocabulary))
        return torch.frombuffer(copied, dtype=torch.float32).view(len(ids), self.vocabulary)

    def read(self, ids):
        """Computes the logits of the last of these tokens after those before, and leaves them where they are."""
        tokens = (ctypes.c_int32 * len(ids))(*ids)
        batch = self.library.llama_batch_get_one(tokens, len(ids))
        status = self.library.llama_decode(self.context, batch)
        if status != 0:
            sys.exit(f"llama_decode ended with {status}")

    def greedy(self, ids, count):
        """The likeliest continuation."""
        tokens = []
        while len(tokens) < count:
            ids = [int(self.logits(ids)[-1].argmax())]
            tokens += ids
        return tokens

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.library.llama_free(self.context)
        self.library.llama_model_free(self.model)


def library():
    """Of the Maven package, which a build of Espalier's tests downloads."""
    properties = xml.etree.ElementTree.parse(ROOT / "pom.xml").getroot().find(f"{POM}properties")
    version = properties.findtext(f"{POM}llama.cpp.version")
    jar = pathlib.Path.home() / f".m2/repository/de/kherud/llama/{version}/llama-{version}.jar"
    if not jar.is_file():
        sys.exit(f"{jar} is missing: ./mvnw -q -pl gpu-worker -am test-compile downloads it")
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        sys.exit("the layout of llama.cpp's structures was checked on Linux x86_64 only")
    folder = pathlib.Path(tempfile.mkdtemp())
    with zipfile.ZipFile(jar) as archive:
        return pathlib.Path(archive.extract("de/kherud/llama/Linux/x86_64/libjllama.so", folder))
