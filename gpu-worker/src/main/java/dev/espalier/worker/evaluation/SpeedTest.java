package dev.espalier.worker.evaluation;

import ai.djl.engine.EngineException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.model.Decoder;
import dev.espalier.worker.torch.Torch;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model's speed, in turn with another's where there is one: two models that are measured minutes or processes apart
 * differ by what else the machine did.
 *
 * @param rounds how often
 * @param progress hears of rounds
 */
record SpeedTest(Torch torch, Decoder model, Optional<Path> beside, int rounds, Counted progress) {
    static final int PROMPT = 512;
    static final int GENERATED = 64;

    /** That a decoder is loaded for. */
    static final int POSITIONS = PROMPT + GENERATED;

    private static final Logger LOG = LoggerFactory.getLogger(SpeedTest.class);

    /**
     * Writes medians with their ranges; beside another model also its own, and how many times as fast this one is.
     * Without {@code beside} in it, memory held one of them only.
     */
    void write(ObjectNode out) {
        if (beside.isEmpty() || !comparison(out, beside.get())) {
            write(out, measure(List.of(model)).get(0));
        }
    }

    /** Whether memory held the other model too. */
    private boolean comparison(ObjectNode out, Path path) {
        try (ModelFolder folder = ModelFolder.open(path)) {
            if (!Decoder.fits(torch, folder)) {
                LOG.info("there is no memory for {} beside the model whose speed is measured", path);
                return false;
            }
            try (Decoder other = Decoder.load(torch, folder, model.positions(), false)) {
                List<Latency.Result> results = measure(List.of(other, model));
                Latency.Result its = results.get(0);
                Latency.Result ours = results.get(1);
                write(out, ours);
                ObjectNode compared = out.putObject("beside");
                compared.put("model", path.toString());
                write(compared, its);
                Spread.ofRatios(ours.prefill(), its.prefill()).write(compared, "prefill_ratio");
                Spread.ofRatios(ours.decode(), its.decode()).write(compared, "decode_ratio");
                return true;
            }
        } catch (EngineException e) {
            LOG.info("{} could not be loaded beside the model whose speed is measured: {}", path, e.getMessage());
            return false;
        }
    }

    private List<Latency.Result> measure(List<Decoder> models) {
        return Latency.measure(models, prompt(), generated(), rounds, progress);
    }

    private int prompt() {
        return Math.min(PROMPT, model.positions() - generated());
    }

    private int generated() {
        return Math.min(GENERATED, model.positions() / 4);
    }

    private static void write(ObjectNode out, Latency.Result result) {
        out.put("prompt", result.prompt()).put("generated", result.generated()).put("repeats", result.prefill().length);
        Spread.of(result.prefill()).write(out, "prefill_tokens_per_second");
        Spread.of(result.decode()).write(out, "decode_tokens_per_second");
    }
}
