"""Writes src/test/resources/chat/golden.json: what transformers makes of conversations with the templates beside it.

    python gpu-worker/src/test/python/make_chat_fixtures.py [TEMPLATES_DIR OUT_JSON]

Needs transformers and jinja2. The templates are those that SmolLM2 is published with (Apache-2.0) and, from TRL's
chat_templates (version 1.13, Apache-2.0), those of Qwen3, of Qwen3 with generation blocks, Llama 3.1 and Gemma.
"""

import json
import pathlib
import sys

from transformers.utils.chat_template_utils import render_jinja_template

HERE = pathlib.Path(__file__).parent.parent / "resources" / "chat"
TEMPLATES = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
OUT = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else HERE / "golden.json"
TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}


def said(*turns):
    return [{"role": role, "content": content} for role, content in turns]


CHATS = {
    "one": said(("user", "Hello?"), ("assistant", "Hi.")),
    "system": said(("system", "Be brief."), ("user", "Why?"), ("assistant", "So."), ("user", "And?"), ("assistant", "No.")),
    "spaces": said(("user", "  a\n\n b \t"), ("assistant", "\n c\n"), ("user", ""), ("assistant", " \U0001f600 tw\u00f6 ")),
    "open": said(("user", "Well?"),),
    "assistant-first": said(("assistant", "Hi."), ("user", "Oh.")),
    "thought": said(("user", "2+2?"), ("assistant", "<think>\nEasy.\n</think>\n\n4"), ("user", "3+3?"),
                    ("assistant", "<think>\nHard.\n</think>\n\n6")),
    "tools": [
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": "", "tool_calls": [
            {"type": "function", "function": {"name": "weather", "arguments": {"place": "K\u00f6ln", "days": 2, "f": 1.5,
                                                                               "x": None, "y": True}}}]},
        {"role": "tool", "content": "rain <b>&'\""},
        {"role": "assistant", "content": "Rain."},
    ],
    "turns-wrong": said(("user", "a"), ("user", "b"), ("assistant", "c")),
}

golden = []
for template in sorted(TEMPLATES.glob("*.jinja")):
    source = template.read_text()
    for name, chat in CHATS.items():
        for prompt in (False, True):
            case = {"template": template.name, "chat": name, "messages": chat, "prompt": prompt}
            try:
                texts, spans = render_jinja_template(
                    [chat], chat_template=source, add_generation_prompt=prompt,
                    return_assistant_tokens_mask="endgeneration" in source, **TOKENS)
                case["text"] = texts[0]
                case["generated"] = [list(span) for span in spans[0]] if spans else []
            except Exception as e:
                case["error"] = type(e).__name__
            golden.append(case)
OUT.write_text(json.dumps({"tokens": TOKENS, "cases": golden}, indent=1, ensure_ascii=False) + "\n")
print(len(golden), "cases,", sum("error" in case for case in golden), "refused")
