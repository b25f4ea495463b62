package dev.espalier.cli;

import dev.espalier.protocol.Stage;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.config.RunConfig.Granularity;
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
            any(
                    format,
                    differing(planned, false),
                    "with export.uniform = false layers will differ, and %s does not hold that");
        }
        if (open && !layersGo && (units.contains(Granularity.HEADS) || units.contains(Granularity.BLOCKS))) {
            any(
                    format,
                    differing(planned, true),
                    "with export.uniform = false nobody knows before how many heads a layer will have, and %s does not hold"
                            + " every number");
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

    /** @param oneHead whether the first layer has but one head, whose width then says what no other number is a multiple of */
    private static LlamaConfig differing(LlamaConfig planned, boolean oneHead) {
        List<LayerShape> layers = new ArrayList<>(planned.layers());
        LayerShape first = layers.get(0);
        layers.set(
                0,
                oneHead
                        ? new LayerShape(1, 1, first.intermediate())
                        : new LayerShape(first.queryHeads(), first.kvHeads(), Math.max(0, first.intermediate() - 1)));
        return planned.withShapes(planned.hiddenSize(), layers);
    }
}
