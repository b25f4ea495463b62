package dev.espalier.worker.stage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.evaluation.Evaluation;
import dev.espalier.worker.work.Bench;
import dev.espalier.worker.work.LegWork;
import dev.espalier.worker.work.Reporter;
import dev.espalier.worker.work.Results;
import java.nio.file.Path;
import java.util.Optional;

/** Measures one model of the run by the configured protocol. */
record EvaluateLeg(Bench bench) implements LegWork {
    /** Continuations for the report: enough to see what the model is like, and few enough to cost seconds. */
    private static final int SAMPLES = 3;

    @Override
    public WorkResult run(Assignment assignment, Reporter reporter) {
        Work work = assignment.work();
        RunConfig.Evaluate config = bench.config().evaluate();
        bench.releaseIntact();
        Path model = work.reads()
                .model()
                .map(bench::path)
                .orElse(bench.config().model().path());
        Evaluation.Plan plan = new Evaluation.Plan(
                config.perplexity(),
                config.choices(),
                recovered(work) ? 0 : config.speedRounds(),
                work.reads().model().map(smaller -> bench.config().model().path()),
                config.window(),
                config.limit(),
                SAMPLES);
        ObjectNode measured = Evaluation.run(bench.torch(), model, plan, reporter::progressed);
        measured.put("model", work.reads().model().orElse(model.toString()));
        return Results.measured(assignment.key(), measured);
    }

    /** Whether this is the model of another leg with other numbers: as fast as that, whose speed is measured. */
    private boolean recovered(Work work) {
        return work.reads().model().equals(Optional.of(RunLayout.EXPORT))
                && bench.config().stages().contains(Stage.PRUNE);
    }
}
