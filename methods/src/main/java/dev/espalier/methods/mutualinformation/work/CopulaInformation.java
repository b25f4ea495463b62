package dev.espalier.methods.mutualinformation.work;

import ai.djl.ndarray.NDManager;
import dev.espalier.methods.metrics.WandaSp;
import dev.espalier.methods.mutualinformation.MutualInformationKeys;
import dev.espalier.worker.calibration.Metric;
import dev.espalier.worker.calibration.Statistic;
import dev.espalier.worker.masks.Structure;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What FFN channels share under a Gaussian copula, all pairs; of heads, of which the paper says nothing, their worth. */
final class CopulaInformation implements Metric {
    private final Metric worth = new WandaSp();

    @Override
    public String name() {
        return MutualInformationKeys.NAME;
    }

    @Override
    public Set<Statistic> needs() {
        return Stream.concat(worth.needs().stream(), Stream.of(Positions.MANY)).collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public double[] score(SubBlock block) {
        double[] worth = this.worth.score(block);
        if (block.row().structure() != Structure.FFN) {
            return worth;
        }
        try (NDManager scope = block.torch().scope()) {
            return Redundancy.scores(worth, NormalScores.of(block.torch(), scope, Positions.MANY.of(block)));
        }
    }
}
