package dev.espalier.worker.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.safetensors.JsonFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The way out for folders that hold something else than a whole model. */
final class MissingFiles {
    private static final String ADAPTER = "adapter_config.json";

    /** What transformers makes a tokenizer.json of. */
    private static final List<String> CONVERTIBLE = List.of("tokenizer.model", "vocab.json", "tekken.json");

    private MissingFiles() {}

    /** What to do with a folder that holds an adapter and no model; empty if it is none. */
    static Optional<String> adapter(Path folder) {
        if (!Files.isRegularFile(folder.resolve(ADAPTER)) || Files.exists(folder.resolve("config.json"))) {
            return Optional.empty();
        }
        return Optional.of(folder + " is an adapter" + base(folder.resolve(ADAPTER))
                + ", not a model. Merge it once, and give the folder that this writes: python -c \"from peft import"
                + " AutoPeftModelForCausalLM as M; from transformers import AutoTokenizer as T; m ="
                + " M.from_pretrained('" + folder + "').merge_and_unload(); m.save_pretrained('" + folder
                + "-merged'); T.from_pretrained(m.config.name_or_path).save_pretrained('" + folder + "-merged')\"");
    }

    private static String base(Path file) {
        try {
            JsonNode base = JsonFile.read(file).path("base_model_name_or_path");
            return base.isTextual() ? " for " + base.textValue() : "";
        } catch (UserError e) {
            // what it is an adapter for is no more than a courtesy
            return "";
        }
    }

    /** That there is no tokenizer.json, and what to do. */
    static String tokenizer(Path folder) {
        return CONVERTIBLE.stream()
                .filter(name -> Files.exists(folder.resolve(name)))
                .findFirst()
                .map(name -> folder + " has no tokenizer.json, only " + name
                        + ". Convert it once: python -c \"from transformers import AutoTokenizer as T; T.from_pretrained('"
                        + folder + "').save_pretrained('" + folder
                        + "')\" (pip install transformers sentencepiece tiktoken protobuf)")
                .orElse(folder + " has no tokenizer.json. Copy it there from the model's original folder.");
    }
}
