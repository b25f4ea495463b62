package dev.espalier.methods.oneshot.work;

import dev.espalier.methods.gates.InitialLogits;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.masks.MaskSet;
import dev.espalier.worker.work.Bench;
import dev.espalier.worker.work.Legs;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** What workers do for methods that prune in one shot. */
public final class OneShotWork {
    private static final String SHOT = "shot";

    private OneShotWork() {}

    /** @param name of the method, and of the metric whose scores say which units go */
    public static Legs byScores(String name) {
        return byScoresOf(name, run -> name);
    }

    /** @param metric whose scores say which units go, of those that the method has */
    public static Legs byScoresOf(String name, Function<RunConfig, String> metric) {
        return new Legs(
                name,
                Map.of(
                        SHOT,
                        (bench, first) -> new ScoresLeg(
                                bench, metric.apply(bench.config()), scores -> InitialLogits.fromScores(scores)
                                        .set())));
    }

    /** @param order numbers that say which units go first, the lowest, also between sub-blocks, from the scores */
    public static Legs byScores(String name, UnaryOperator<MaskSet> order) {
        return byOrder(name, bench -> order);
    }

    /** {@link #byScores} with an order that depends on the run, too. */
    public static Legs byOrder(String name, Function<Bench, UnaryOperator<MaskSet>> order) {
        return new Legs(name, Map.of(SHOT, (bench, first) -> new ScoresLeg(bench, name, order.apply(bench))));
    }
}
