package dev.espalier.methods.llmpruner.work;

import dev.espalier.methods.llmpruner.Grouping;
import dev.espalier.methods.llmpruner.Importance;
import dev.espalier.methods.llmpruner.LlmPrunerKeys;
import dev.espalier.methods.llmpruner.LlmPrunerSettings;
import dev.espalier.methods.oneshot.work.OneShotWork;
import dev.espalier.methods.taylor.ChannelSums;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.calibration.GradientStatistic;
import dev.espalier.worker.calibration.Metric;
import dev.espalier.worker.calibration.Statistic;
import dev.espalier.worker.work.Legs;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * What the loss is expected to lose with all weights that are coupled to a unit: for each of its channels the importance
 * in each matrix, reduced to one number, summed over the channels (docs/methods/llm-pruner.md).
 */
public record LlmPruner(Importance importance, Grouping grouping) implements Metric {
    /** What workers do: of each layer that is not spared as large a share goes, the lowest scores first. */
    public static final Legs LEGS = OneShotWork.byOrder(LlmPrunerKeys.NAME, EqualShares::of);

    /** What it brings along for the device. */
    public static final List<String> KERNELS = List.of(ChannelSums.KERNELS);

    /** As the authors' script. */
    public LlmPruner() {
        this(Importance.ELEMENT1, Grouping.SUM);
    }

    @Override
    public String name() {
        return LlmPrunerKeys.NAME;
    }

    @Override
    public Metric configured(RunConfig run) {
        LlmPrunerSettings own = LlmPrunerKeys.of(run);
        return new LlmPruner(own.importance(), own.grouping());
    }

    @Override
    public Set<Statistic> needs() {
        return Set.of();
    }

    @Override
    public Set<GradientStatistic> needsOfGradients() {
        return Set.of(sums());
    }

    private ChannelSums sums() {
        return switch (importance) {
            case VECTOR -> ChannelSums.SIGNED;
            case ELEMENT1 -> ChannelSums.FIRST;
            case ELEMENT2 -> ChannelSums.SECOND;
            case MIXED -> ChannelSums.MIXED;
        };
    }

    @Override
    public double[] score(SubBlock block) {
        // no other than signed sums are negative
        double[][] matrices = Arrays.stream(sums().in(block))
                .map(matrix -> Arrays.stream(matrix).map(Math::abs).toArray())
                .toArray(double[][]::new);
        return block.units()
                .sums(column -> grouping.of(Arrays.stream(matrices)
                        .mapToDouble(matrix -> matrix[column])
                        .toArray()));
    }
}
