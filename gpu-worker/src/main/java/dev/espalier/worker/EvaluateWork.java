package dev.espalier.worker;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.AssignmentKey;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.worker.evaluation.Evaluation;
import java.nio.file.Path;

/** Measures one model of the run by the configured protocol. */
record EvaluateWork(RunSession session) {
    /** Continuations for the report: enough to see what the model is like, and few enough to cost seconds. */
    private static final int SAMPLES = 3;

    WorkResult run(AssignmentKey key, Work work, Reporter reporter) {
        RunConfig.Evaluate config = session.config().evaluate();
        session.releaseIntact();
        Path model = work.reads()
                .model()
                .map(session::path)
                .orElse(session.config().model().path());
        Evaluation.Plan plan = new Evaluation.Plan(
                config.perplexity(),
                config.choices(),
                config.latency(),
                work.reads().model().map(smaller -> session.config().model().path()),
                config.window(),
                config.limit(),
                SAMPLES);
        ObjectNode measured = Evaluation.run(session.torch(), model, plan, reporter::progressed);
        measured.put("model", work.reads().model().orElse(model.toString()));
        return Outcome.measured(key, measured);
    }
}
