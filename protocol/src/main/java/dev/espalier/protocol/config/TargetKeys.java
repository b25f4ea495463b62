package dev.espalier.protocol.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigObject;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Reads {@code prune.target}: exactly one way of saying what pruning is to reach. */
final class TargetKeys {
    /** What Espalier writes into resolved configurations beside a target that is no sparsity. */
    static final String RESOLVED = "resolved-sparsity";

    private static final String SPARSITY = Target.SPARSITY.word();
    private static final double USUAL = 0.2;
    private static final Range SHARE = Range.above(0, 0.95);
    private static final long MOST = 1L << 50;
    private static final String LATENCY_RATIO = "latency-ratio";
    private static final String LATENCY_OF = "latency-of";
    private static final Range RATIO = Range.above(0, 1);
    private static final List<String> WORDS = List.of(SPARSITY, "parameters", "bytes", "shape", LATENCY_RATIO);

    private TargetKeys() {}

    /**
     * What was read.
     *
     * @param rounds shares of the prunable parameters; none if it is not known yet what the target leads to
     */
    record Read(Target target, List<Double> rounds) {}

    static Read read(StrictConfig target) {
        List<String> given = WORDS.stream().filter(target::stands).toList();
        Target first = given.isEmpty() || given.get(0).equals(SPARSITY) ? Target.SPARSITY : of(given.get(0), target);
        given.stream()
                .skip(1)
                .forEach(word -> target.refuse(
                        word,
                        "is one target too many beside " + target.full(given.get(0)) + ": set one of "
                                + String.join(", ", WORDS)));
        if (target.stands(LATENCY_OF) && !(first instanceof Target.LatencyRatio)) {
            target.refuse(LATENCY_OF, "has no effect without prune.target.latency-ratio: leave it out");
        }
        List<Double> rounds = first.equals(Target.SPARSITY) ? sparsity(target) : resolved(target);
        return new Read(first, rounds);
    }

    private static List<Double> sparsity(StrictConfig target) {
        if (target.stands(RESOLVED)) {
            target.refuse(RESOLVED, "is what other targets lead to, and written by Espalier: leave it out");
        }
        return target.stands(SPARSITY)
                ? target.decimalOrSeveral(SPARSITY, SHARE)
                : List.of(target.decimalOr(SPARSITY, SHARE, USUAL));
    }

    private static List<Double> resolved(StrictConfig target) {
        return target.stands(RESOLVED) ? target.decimalOrSeveral(RESOLVED, SHARE) : List.of();
    }

    private static Target of(String word, StrictConfig target) {
        return switch (word) {
            case "parameters" ->
                new Target.Parameters(target.several(
                        word,
                        value ->
                                Numbers.whole(String.valueOf(value.unwrapped())).filter(TargetKeys::possible),
                        "must be a number of parameters such as 120e6, or one for each prune among the stages",
                        1L));
            case "bytes" ->
                new Target.Bytes(target.several(
                        word,
                        value -> Numbers.bytes(value).filter(TargetKeys::possible),
                        "must be a size such as 1.5e9, \"1500 MB\" or \"1.4 GiB\", or one for each prune among the stages",
                        1L));
            case "shape" -> shape(target);
            default ->
                new Target.LatencyRatio(
                        target.decimalOrSeveral(word, RATIO),
                        target.stands(LATENCY_OF)
                                ? target.constant(LATENCY_OF, Target.LatencyRatio.Phase.class)
                                : Target.LatencyRatio.Phase.DECODE);
        };
    }

    private static boolean possible(long number) {
        return number > 0 && number <= MOST;
    }

    private static Target shape(StrictConfig target) {
        WantedShape wanted = WantedShape.read(target.section("shape"));
        if (wanted.isNothing()) {
            target.refuse(
                    "shape", "asks for nothing: give one or more of layers, hidden, heads, kv-heads, intermediate");
        }
        return new Target.Shape(wanted);
    }

    /**
     * A target on the command line takes the place of the file's, of whichever kind that is, with what stands beside that.
     *
     * @param whole the configuration
     * @param command what stands on the command line alone
     */
    static Config displaced(Config whole, Config command) {
        Optional<ConfigObject> target = section(command.root(), "prune").flatMap(prune -> section(prune, "target"));
        List<String> named = WORDS.stream()
                .filter(word -> target.isPresent() && target.get().containsKey(word))
                .toList();
        if (named.isEmpty()) {
            return whole;
        }
        List<String> others = Stream.concat(
                        WORDS.stream(),
                        named.contains(LATENCY_RATIO) ? Stream.of(RESOLVED) : Stream.of(RESOLVED, LATENCY_OF))
                .filter(word -> !target.get().containsKey(word))
                .toList();
        Config result = whole;
        for (String word : others) {
            result = result.withoutPath(Target.SECTION + "." + word);
        }
        return result;
    }

    private static Optional<ConfigObject> section(ConfigObject of, String key) {
        return of.get(key) instanceof ConfigObject inner ? Optional.of(inner) : Optional.empty();
    }

    /** Where no model can be looked at, what a target leads to must stand beside it. */
    static void requireResolved(RunConfig config, ConfigProblems problems) {
        Target target = config.prune().target();
        problems.require(
                config.prune().isResolved(),
                "says what to reach, and not how much goes, which only who has the model can tell: submit with 'espalier"
                        + " submit', which looks at it, or give prune.target.sparsity",
                target.key());
    }
}
