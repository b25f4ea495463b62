package dev.espalier.monitoring.meters;

/** What a run has made of the model. */
public final class ResultMeters {
    private final Meters meters;
    private final String run;

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
        meters.set(Measure.PARAMETERS, before, run, "before");
        meters.set(Measure.PARAMETERS, after, run, "after");
        meters.set(Measure.SPARSITY, sparsity, run, "realised");
    }

    /** @param structure such as {@code heads}; @param ratio what is left of it, 0..1 */
    public void kept(String structure, double ratio) {
        meters.set(Measure.KEPT, ratio, run, structure);
    }

    /** @param when before, after-prune or after-recover; @param file the text's name without its folder */
    public void perplexity(String when, String file, double value) {
        meters.set(Measure.PERPLEXITY, value, run, when, file);
    }
}
