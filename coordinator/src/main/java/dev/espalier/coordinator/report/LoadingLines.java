package dev.espalier.coordinator.report;

import dev.espalier.coordinator.report.ModelCardData.Loaders;

/** What a model card says of loading, measuring and quantising its model: lines to copy. */
final class LoadingLines {
    private static final String HEAD = "## How to load it\n\n";

    private static final String STOCK =
            """
            ```python
            from transformers import AutoModelForCausalLM, AutoTokenizer

            model = AutoModelForCausalLM.from_pretrained("FOLDER")
            tokenizer = AutoTokenizer.from_pretrained("FOLDER")
            ```

            In four bits on a GPU: `from_pretrained(..., quantization_config=BitsAndBytesConfig(load_in_4bit=True))`.

            vLLM:

            ```sh
            vllm serve FOLDER
            ```

            Measured by lm-evaluation-harness:

            ```sh
            lm_eval --model hf --model_args pretrained=FOLDER --tasks arc_easy,hellaswag,piqa --batch_size 8
            ```

            """;

    private static final String RAGGED =
            "Layers differ in shape, which stock transformers and vLLM cannot load as the run leaves them (`hf`); ";

    private static final String UNDIVIDED =
            "The hidden size is no multiple of the number of heads, which transformers 5 refuses of what the run leaves (`hf`); ";

    private static final String PADDED =
            """
            Filled up with zeros to a shape that everything loads, the model computes the same, larger and no faster:

            ```sh
            espalier export path/to/this/folder --format hf-padded --out padded
            ```

            """;

    private static final String LLAMA_CPP =
            """
            llama.cpp, with the tokenizer in the file, and smaller still:

            ```sh
            espalier export path/to/this/folder --format gguf --dtype f16 --out gguf
            llama-cli -m gguf/*.gguf -p "Once upon a time" -n 64
            llama-quantize gguf/*.gguf q4_k_m.gguf Q4_K_M
            ```

            """;

    private static final String ESPALIER =
            """
            Espalier itself:

            ```sh
            espalier generate path/to/this/folder --prompt "Once upon a time"
            espalier evaluate path/to/this/folder --latency
            ```
            """;

    private LoadingLines() {}

    static String of(Loaders loaders) {
        StringBuilder text = new StringBuilder(HEAD);
        if (loaders.transformers()) {
            text.append(stock("path/to/this/folder"));
        } else {
            text.append(loaders.alike() ? UNDIVIDED : RAGGED);
            text.append(loaders.gguf() ? "Espalier and llama.cpp can.\n\n" : "Espalier can.\n\n");
            text.append(loaders.padded() ? PADDED + stock("padded") : "");
        }
        return text.append(loaders.gguf() ? LLAMA_CPP : "").append(ESPALIER).toString();
    }

    private static String stock(String folder) {
        return STOCK.replace("FOLDER", folder);
    }
}
