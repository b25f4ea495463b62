package dev.espalier.worker.stage;

import dev.espalier.worker.work.LegWork;
import dev.espalier.worker.work.Legs;
import dev.espalier.worker.work.Repertoire;
import java.util.List;
import java.util.Map;

/** The stages, as far as it is not the method that says what is done. */
public final class Stages {
    private static final LegWork.Opener BASE = (bench, first) -> new BaseLeg(bench);
    private static final LegWork.Opener EVALUATE = (bench, first) -> new EvaluateLeg(bench);

    public static final List<Legs> ALL = List.of(
            new Legs(Repertoire.ANY_STAGE, Map.of("references", (bench, first) -> new ReferencesLeg(bench))),
            new Legs("calibrate", Map.of("base", BASE, "scores", (bench, first) -> new CalibrateLeg(bench))),
            new Legs("prune", Map.of("base", BASE)),
            new Legs("recover", Map.of("teach", RecoverLeg::open)),
            new Legs("pretrain", Map.of("train", PretrainLeg::open)),
            new Legs("export", Map.of("export", (bench, first) -> new ExportLeg(bench))),
            new Legs("evaluate", Map.of("before", EVALUATE, "after-prune", EVALUATE, "after-recover", EVALUATE)));

    private Stages() {}
}
