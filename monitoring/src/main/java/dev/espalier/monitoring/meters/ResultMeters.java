package dev.espalier.monitoring.meters;

import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** What a run has made of the model. */
public final class ResultMeters {
    private final Meters meters;
    private final String run;
    private final Map<Measure, Set<List<String>>> told = new EnumMap<>(Measure.class);

    public ResultMeters(Meters meters, String run) {
        this.meters = meters;
        this.run = run;
    }

    /** @param sparsity share of the prunable parameters that the run shall remove, 0..1 */
    public void goal(double sparsity) {
        meters.set(Measure.SPARSITY, sparsity, run, "goal");
    }

    /** @param sparsity share of the prunable parameters that is gone, 0..1 */
    public void parameters(long before, long after, double sparsity) {
        tell(Measure.PARAMETERS, before, "before");
        tell(Measure.PARAMETERS, after, "after");
        tell(Measure.SPARSITY, sparsity, "realised");
    }

    /** @param structure such as {@code heads}; @param ratio what is left of it, 0..1 */
    public void kept(String structure, double ratio) {
        tell(Measure.KEPT, ratio, structure);
    }

    /** @param when before, after-prune or after-recover; @param file the text's name without its folder */
    public void perplexity(String when, String file, double value) {
        tell(Measure.PERPLEXITY, value, when, file);
    }

    /** What was made is to be made again: until it is, there is nothing. */
    public void discard() {
        told.forEach((measure, all) -> all.forEach(labels -> meters.set(measure, Double.NaN, ofRun(labels))));
        told.clear();
    }

    private void tell(Measure measure, double value, String... labels) {
        told.computeIfAbsent(measure, none -> new LinkedHashSet<>()).add(List.of(labels));
        meters.set(measure, value, ofRun(List.of(labels)));
    }

    private String[] ofRun(List<String> labels) {
        return Stream.concat(Stream.of(run), labels.stream()).toArray(String[]::new);
    }
}
