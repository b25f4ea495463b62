"""Makes tokenizer.json, a tiny byte-level BPE as LLaMA 3 and SmolLM have it, and golden.json: texts with the ids that
Hugging Face's tokenizers gives them. Needs `pip install tokenizers`."""
import json
import pathlib

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

HERE = pathlib.Path(__file__).parent
CORPUS = ["The cat sat on the mat.", "The dog ran to the cat; the cat ran to the mat.", "1 + 2 = 3, 20 + 22 = 42."] * 20

tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
    [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
)
tokenizer.decoder = decoders.ByteLevel()
trainer = trainers.BpeTrainer(
    vocab_size=280,
    special_tokens=["<|endoftext|>", "<|begin|>"],
    initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
    show_progress=False,
)
tokenizer.train_from_iterator(CORPUS, trainer)
tokenizer.post_processor = processors.TemplateProcessing(
    single="<|begin|> $A", special_tokens=[("<|begin|>", tokenizer.token_to_id("<|begin|>"))]
)
# on purpose: a reader that honours these would spoil long texts
tokenizer.enable_truncation(max_length=16)
tokenizer.enable_padding(length=16, pad_id=0, pad_token="<|endoftext|>")
tokenizer.save(str(HERE / "tokenizer.json"))

tokenizer.no_truncation()
tokenizer.no_padding()
TEXTS = [
    "",
    "The cat sat on the mat.",
    "the  mat\n\n\tran 2024 times",
    "caf\u00e9 \u2013 \U0001f333 \u6728\u0000end",
    "one<|endoftext|>two",
]
golden = [
    {
        "text": text,
        "ids": tokenizer.encode(text, add_special_tokens=False).ids,
        "special": tokenizer.encode(text).ids,
        "decoded": tokenizer.decode(tokenizer.encode(text).ids, skip_special_tokens=False),
    }
    for text in TEXTS
]
(HERE / "golden.json").write_text(json.dumps(golden, indent=1) + "\n", encoding="ascii")
