package dev.espalier.cli.init;

import com.typesafe.config.ConfigUtil;
import dev.espalier.cli.plan.StageMemory;
import dev.espalier.methods.Methods;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.model.Precision;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * A configuration that suits a model, a text and a machine, with a comment on every choice: pure.
 *
 * @param name of the run
 * @param folder of the model
 * @param text a file or a pattern
 * @param textBytes of all its files
 * @param heldOut a text to measure perplexity on
 * @param sparsity of the prunable parameters that shall go, 0..1
 */
record FirstConfig(
        String name,
        Path folder,
        LlamaConfig model,
        String text,
        long textBytes,
        Optional<Path> heldOut,
        double sparsity,
        Machine machine) {
    /** Of English text, roughly; only orders of magnitude are decided with it. */
    private static final int BYTES_PER_TOKEN = 4;

    /** What the closed form still gains from (reference.conf, calibrate.tokens). */
    private static final int CALIBRATION = 49_152;

    private static final int STEPS = 300;
    private static final double GIB = 1L << 30;

    private long tokens() {
        return textBytes / BYTES_PER_TOKEN;
    }

    /** A GPU is filled by longer sequences; on a processor more of them in the same time teach more. */
    private int wantedLength() {
        return machine.gpus() > 0 ? 512 : 128;
    }

    /** Halved until the text has a hundred of them: many short sequences teach more than few long ones. */
    private int sequenceLength() {
        int length = Math.min(wantedLength(), model.maxPositions());
        while (length > 16 && tokens() / length < 100) {
            length /= 2;
        }
        return length;
    }

    private int batchSize() {
        return machine.gpus() > 0 ? 16 : 4;
    }

    private long calibrationTokens() {
        long half = tokens() / 2 / 1024 * 1024;
        return Math.max(1024, Math.min(CALIBRATION, half));
    }

    /** As much as the README's results were made with, but no more than a quarter of the hidden size. */
    private int rank() {
        int rank = 64;
        while (rank > 4 && rank * 4 > model.hiddenSize()) {
            rank /= 2;
        }
        return rank;
    }

    private String dtype() {
        return machine.bf16() ? "bf16" : "f32";
    }

    /** Bytes of the stage that takes most. */
    private long memory() {
        StageMemory.Work work = new StageMemory.Work(
                Precision.of(dtype()),
                false,
                rank(),
                batchSize() * sequenceLength(),
                Math.toIntExact(calibrationTokens()),
                true,
                true);
        return StageMemory.of(model, StageMemory.thinned(model, sparsity), work).stream()
                .mapToLong(StageMemory::bytes)
                .max()
                .orElse(0);
    }

    private static String quoted(Object text) {
        return ConfigUtil.quoteString(text.toString());
    }

    private String evaluation() {
        return heldOut.map(file -> "perplexity = [" + quoted(file) + "]")
                .orElse(
                        "# A text that is not trained on, to know what the run costs:\n  # perplexity = [held-out.txt]");
    }

    /** HOCON. */
    String hocon() {
        return String.format(
                Locale.ROOT,
                """
                # %s: %s %% of the prunable parameters of a model of %s.
                # Written for %s and about %s of text.
                # All keys with their meaning: reference.conf and reference-methods.conf of a release, of the sources
                # protocol/src/main/resources/reference.conf and methods/src/main/resources/reference.conf
                #
                #   espalier validate FILE      what is wrong with it, and what it would do
                #   espalier prune FILE         does it; the same command again goes on after an interruption
                #   espalier evaluate runs/%s/export/hf

                run.name = %s

                model {
                  path = %s
                  # Of the projections in training; %s. Everything else is float32: %s.
                  dtype = %s
                  device = auto
                }

                data {
                  train = [ { path = %s } ]
                  # Longer is better for what the model is used with, and slower.
                  sequence-length = %d
                }

                # More tokens give a better closed form, up to about fifty thousand.
                calibrate.tokens = %d

                prune {
                  method = %s
                  target.sparsity = %s
                  # FFN channels cost least. Beyond 0.3, or where attention is to shrink too: [heads, ffn].
                  granularity = [ffn]
                  # Twice as many recover more: quality is mostly a matter of steps.
                  steps = %d
                  batch-size = %d
                  lora { rank = %d, alpha = %d }
                }

                recover { steps = %d, batch-size = %d, lora { rank = %d, alpha = %d } }

                # uniform: all layers alike, so that stock loaders take the result.
                export { uniform = true }

                evaluate {
                  %s
                  window = %d
                }
                """,
                name,
                percent(),
                count(model.parameters()),
                machine.words(),
                size(textBytes),
                name,
                quoted(name),
                quoted(folder),
                machine.bf16() ? "bf16 is faster here" : "bf16 would halve them here, and be slower",
                String.format(Locale.ROOT, "about %.1f GiB of memory in all, without a GPU", memory() / GIB),
                dtype(),
                quoted(text),
                sequenceLength(),
                calibrationTokens(),
                Methods.USUAL,
                sparsity,
                STEPS,
                batchSize(),
                rank(),
                rank(),
                STEPS,
                batchSize(),
                rank(),
                rank(),
                evaluation(),
                Math.min(512, model.maxPositions()));
    }

    private String percent() {
        return String.format(Locale.ROOT, "%.0f", sparsity * 100);
    }

    private static String count(long parameters) {
        return parameters >= 1_000_000_000L
                ? String.format(Locale.ROOT, "%.1f billion parameters", parameters / 1e9)
                : String.format(Locale.ROOT, "%.1f million parameters", parameters / 1e6);
    }

    private static String size(long bytes) {
        return bytes >= 10_000_000 ? bytes / 1_000_000 + " MB" : Math.max(1, bytes / 1000) + " kB";
    }
}
