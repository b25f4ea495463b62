package dev.espalier.worker;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.protocol.config.RunConfigReader;
import dev.espalier.protocol.safetensors.Dtype;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.export.HfExport;
import dev.espalier.worker.masks.PrunableShape;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.model.TinyModel;
import dev.espalier.worker.model.Variant;
import dev.espalier.worker.torch.Torch;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Everything a run needs, small: a random model with a tokenizer of 79 letters and syllables, a text, a config. */
public final class TinyRun {
    private static final List<String> SETTINGS = List.of(
            "model.device=cpu",
            "data.sequence-length=16",
            "calibrate.tokens=256",
            "calibrate.gradient-tokens=64",
            "prune.steps=8",
            "prune.batch-size=2",
            "prune.gates.harden-at=0.4",
            "prune.target.sparsity=0.25",
            "prune.lora={rank=2, alpha=4}",
            "recover.steps=4",
            "recover.batch-size=2",
            "recover.lora={rank=2, alpha=4}",
            "evaluate.latency=false",
            "evaluate.window=16");

    private TinyRun() {}

    /** @param more fields of config.json */
    public static LlamaConfig model(Map<String, Object> more) {
        LlamaConfig config = TinyModel.config(Map.of("vocab_size", 96, "hidden_size", 16, "intermediate_size", 24));
        ObjectNode json = config.original();
        more.forEach((name, value) -> json.set(name, new ObjectMapper().valueToTree(value)));
        return LlamaConfig.parse(json, "tiny");
    }

    /** A model folder with a tokenizer. */
    public static Path writeModel(Torch torch, LlamaConfig config, Path folder, long seed) {
        try (Decoder model = TinyModel.random(torch, config, false, seed)) {
            Files.createDirectories(folder);
            writeTokenizer(folder);
            HfExport.write(model, Variant.INTACT, folder, folder, Dtype.F32, layer -> {});
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static void writeTokenizer(Path folder) throws IOException {
        try (InputStream tokenizer = TinyRun.class.getResourceAsStream("/tokenizer/letters.json")) {
            Files.write(folder.resolve("tokenizer.json"), tokenizer.readAllBytes());
        }
    }

    /** Some thousand tokens of English-like text. */
    public static Path writeText(Path file) throws IOException {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 200; i++) {
            text.append("the cat ")
                    .append(i)
                    .append(" ran to the mat in line ")
                    .append(i * 7 % 13)
                    .append(". ");
        }
        return Files.writeString(file, text);
    }

    /** @param settings {@code key=value} over those of every tiny run */
    public static ResolvedRun config(Path folder, String... settings) throws IOException {
        Path file = folder.resolve("tiny.conf");
        Path text = writeText(folder.resolve("text.txt"));
        List<String> all = new ArrayList<>(SETTINGS);
        all.add("model.path=" + folder.resolve("model"));
        all.add("data.train=[{path=\"" + text + "\"}]");
        all.add("evaluate.perplexity=[\"" + text + "\"]");
        all.add("evaluate.limit=4");
        all.addAll(List.of(settings));
        Files.writeString(file, "");
        return RunConfigReader.read(file, all, Optional.of(folder.resolve("run")));
    }

    public static PrunableShape shape(LlamaConfig model, ResolvedRun run) {
        return new PrunableShape(
                model.layers().size(),
                model.hiddenSize(),
                model.layers().get(0).queryHeads(),
                model.layers().get(0).kvHeads(),
                model.headDim(),
                model.layers().get(0).intermediate(),
                run.config().prune().granularity(),
                run.config().prune().headUnit(),
                run.config().prune().faithful());
    }
}
