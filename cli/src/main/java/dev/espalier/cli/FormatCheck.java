package dev.espalier.cli;

import dev.espalier.protocol.Stage;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfig.Granularity;
import dev.espalier.protocol.config.RunConfig.HeadUnit;
import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.export.ExportFormat;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Whether a format can hold whatever a run may make: it would only find out after all training. */
record FormatCheck(RunConfig config, ModelFolder folder, Optional<RunPlan> plan) {
    /** One composite number in 2^30 would pass as a prime. */
    private static final int PRIME_CERTAINTY = 30;

    /** @throws UserError if not, with what to do */
    void require(ExportFormat format) {
        LlamaConfig planned = plan.map(RunPlan::modelAfter).orElse(folder.config());
        check(format, planned);
        if (plan.isEmpty() || !config.stages().contains(Stage.PRUNE)) {
            return;
        }
        List<Granularity> units = List.copyOf(config.prune().granularity());
        boolean open = plan.get().uniform().isEmpty();
        boolean layersGo = plan.get().losesLayers();
        if (open && units.contains(Granularity.HIDDEN)) {
            any(
                    format,
                    planned.withShapes(primeBelow(planned.hiddenSize()), planned.layers()),
                    "with export.uniform = false nobody knows before which hidden size will be left, and %s does not hold"
                            + " every one");
        }
        if (folder.config().layers().size() < 2) {
            return;
        }
        if (layersGo || units.contains(Granularity.LAYERS)) {
            any(
                    format,
                    withoutTheFirst(planned),
                    "nobody knows before which layers will be left, and %s does not hold every choice");
        }
        if (open && !layersGo) {
            differing(format, planned, units);
        }
    }

    private void differing(ExportFormat format, LlamaConfig planned, List<Granularity> units) {
        LayerShape first = planned.layers().get(0);
        any(
                format,
                beginning(
                        planned,
                        new LayerShape(first.queryHeads(), first.kvHeads(), Math.max(0, first.intermediate() - 1))),
                "with export.uniform = false layers will differ, and %s does not hold that");
        String heads =
                "with export.uniform = false nobody knows before how many heads a layer will have, and %s does not"
                        + " hold every number";
        if (units.contains(Granularity.HEADS)) {
            // The fewest that stay where some do; all others are multiples of them.
            boolean single = config.prune().headUnit() == HeadUnit.QUERY || first.kvHeads() == 0;
            int fewest = single ? 1 : first.queryHeads() / first.kvHeads();
            any(format, beginning(planned, new LayerShape(fewest, 1, first.intermediate())), heads);
        }
        if (units.contains(Granularity.BLOCKS)) {
            any(format, beginning(planned, new LayerShape(0, 0, first.intermediate())), heads);
        }
    }

    private void check(ExportFormat format, LlamaConfig model) {
        format.check(folder, model, config.export().dtypeOf(format.word()));
    }

    private void any(ExportFormat format, LlamaConfig example, String sentence) {
        try {
            check(format, example);
        } catch (UserError e) {
            throw new UserError(String.format(sentence, format.word()) + " (such as: " + e.getMessage() + ")", e);
        }
    }

    /** A multiple of nothing that a format asks for. */
    private static int primeBelow(int hidden) {
        return IntStream.iterate(hidden - 1, size -> size > 1, size -> size - 1)
                .filter(size -> BigInteger.valueOf(size).isProbablePrime(PRIME_CERTAINTY))
                .findFirst()
                .orElse(1);
    }

    /** Formats may demand a kind of layer in each place. */
    private LlamaConfig withoutTheFirst(LlamaConfig planned) {
        int[] kept = IntStream.range(1, folder.config().layers().size()).toArray();
        int left = Math.min(kept.length, planned.layers().size());
        return folder.config()
                .keeping(kept)
                .withShapes(planned.hiddenSize(), planned.layers().subList(0, left));
    }

    private static LlamaConfig beginning(LlamaConfig planned, LayerShape first) {
        List<LayerShape> layers = new ArrayList<>(planned.layers());
        layers.set(0, first);
        return planned.withShapes(planned.hiddenSize(), layers);
    }
}
