package dev.espalier.protocol;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A stage of a run, known by its kind and by how many of that kind stand before it. In which order a run's stages come,
 * its configuration says, and nothing here does.
 *
 * @param kind a lower-case word, such as {@code prune}
 * @param round 1 for the first of its kind
 */
public record Stage(String kind, int round) {
    public static final Stage CALIBRATE = new Stage("calibrate", 1);
    public static final Stage PRUNE = new Stage("prune", 1);
    public static final Stage RECOVER = new Stage("recover", 1);
    public static final Stage EXPORT = new Stage("export", 1);
    public static final Stage EVALUATE = new Stage("evaluate", 1);

    /** Training of what pruning left, as long as training from scratch; a run may have it in place of recover. */
    public static final Stage PRETRAIN = new Stage("pretrain", 1);

    /** What a run goes through unless it is told otherwise. */
    public static final List<Stage> USUAL = List.of(CALIBRATE, PRUNE, RECOVER, EXPORT, EVALUATE);

    /** All kinds that there are, in the order that is natural to them. */
    public static final List<String> KINDS = Stream.of(CALIBRATE, PRUNE, RECOVER, PRETRAIN, EXPORT, EVALUATE)
            .map(Stage::kind)
            .toList();

    private static final Pattern WORD = Pattern.compile("([a-z]{1,32})(?:-([2-9]|[1-9][0-9]{1,3}))?");

    public Stage {
        if (!kind.matches("[a-z]{1,32}") || round < 1) {
            throw new IllegalArgumentException("no stage: " + kind + ", round " + round);
        }
    }

    /** The stage of that {@link #word}; empty if it is none. */
    public static Optional<Stage> of(String word) {
        Matcher matcher = WORD.matcher(word);
        return matcher.matches()
                ? Optional.of(
                        new Stage(matcher.group(1), matcher.group(2) == null ? 1 : Integer.parseInt(matcher.group(2))))
                : Optional.empty();
    }

    /** As {@link #of}, for words that we have written ourselves. */
    public static Stage written(String word) {
        return of(word).orElseThrow(() -> new IllegalArgumentException("no stage: " + word));
    }

    /** The word used in configuration, manifest, metrics and on the command line: {@code prune}, {@code prune-2}. */
    public String word() {
        return round == 1 ? kind : kind + "-" + round;
    }

    /**
     * Added to the run's seed, so that no two stages draw the same random numbers: 0 to 4 for the usual stages, in whose
     * students these numbers are.
     */
    public int number() {
        int usual = USUAL.indexOf(new Stage(kind, 1));
        return (usual >= 0 ? usual : USUAL.size() + Math.floorMod(kind.hashCode(), 1000)) + 1024 * (round - 1);
    }

    /** Whether it trains the model that a pruning left. */
    public boolean trainsWhatIsLeft() {
        return kind.equals(RECOVER.kind) || kind.equals(PRETRAIN.kind);
    }

    @Override
    public String toString() {
        return word();
    }
}
