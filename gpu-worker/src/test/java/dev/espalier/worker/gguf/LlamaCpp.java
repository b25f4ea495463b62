package dev.espalier.worker.gguf;

import de.kherud.llama.InferenceParameters;
import de.kherud.llama.LlamaModel;
import de.kherud.llama.LlamaOutput;
import de.kherud.llama.ModelParameters;
import de.kherud.llama.args.CacheType;
import de.kherud.llama.args.LogFormat;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** llama.cpp with a GGUF file, on one thread and with an exact cache. */
public final class LlamaCpp implements AutoCloseable {
    private final LlamaModel model;

    private LlamaCpp(LlamaModel model) {
        this.model = model;
    }

    /** Skips the test where llama.cpp's library does not run. */
    public static LlamaCpp load(Path file, int context) {
        try {
            LlamaModel.setLogger(LogFormat.TEXT, (level, message) -> {});
        } catch (UnsatisfiedLinkError | ExceptionInInitializerError | NoClassDefFoundError e) {
            Assumptions.abort("skipped: llama.cpp's library does not run here: " + e);
        }
        return new LlamaCpp(new LlamaModel(new ModelParameters()
                .setModel(file.toString())
                .setCtxSize(context)
                .setThreads(1)
                .setThreadsBatch(1)
                .setCacheTypeK(CacheType.F32)
                .setCacheTypeV(CacheType.F32)
                .skipWarmup()));
    }

    /** Without tokens around the text. */
    public int[] encode(String text) {
        return model.encode(text);
    }

    /** The likeliest continuation. */
    public String continued(String prompt, int tokens) {
        StringBuilder text = new StringBuilder();
        for (LlamaOutput output : model.generate(greedy(prompt, tokens))) {
            text.append(output);
        }
        return text.toString();
    }

    private static InferenceParameters greedy(String prompt, int tokens) {
        return new InferenceParameters(prompt)
                .setNPredict(tokens)
                .setTemperature(0)
                .setRepeatPenalty(1)
                .setCachePrompt(false);
    }

    @Override
    public void close() {
        model.close();
    }
}
