package dev.espalier.coordinator.listener;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.coordinator.stage.StagePlan;
import dev.espalier.coordinator.state.Manifest;
import dev.espalier.coordinator.state.RunPhase;
import dev.espalier.coordinator.state.RunState;
import dev.espalier.coordinator.state.StageRecord;
import dev.espalier.monitoring.meters.AssignmentMeters;
import dev.espalier.monitoring.meters.AssignmentMeters.Outcome;
import dev.espalier.monitoring.meters.Meters;
import dev.espalier.monitoring.meters.ResultMeters;
import dev.espalier.monitoring.meters.RunMeters;
import dev.espalier.monitoring.meters.TrainingMeters;
import dev.espalier.protocol.AttemptEnd;
import dev.espalier.protocol.RunEvent;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.StepMetrics;
import dev.espalier.protocol.Worker;
import dev.espalier.protocol.config.RunConfig;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;

/** A run's measures: what its state says, counts of its events, and each step. */
public final class RunMetrics implements RunListener {
    private final InstantSource clock;
    private final RunMeters run;
    private final TrainingMeters training;
    private final AssignmentMeters assignments;
    private final ResultMeters results;
    private final NewGround ground;
    private final RunConfig config;
    private volatile boolean over;

    public RunMetrics(Meters meters, StagePlan plan, InstantSource clock) {
        config = plan.config();
        this.clock = clock;
        run = new RunMeters(meters, config.name());
        training = new TrainingMeters(meters, config.name());
        assignments = new AssignmentMeters(meters, config.name());
        results = new ResultMeters(meters, config.name());
        ground = new NewGround(plan);
        plan.stages().forEach(stage -> expect(stage, plan));
    }

    /** Makes what is known before a stage begins. */
    private void expect(Stage stage, StagePlan plan) {
        assignments.expect(stage.word());
        if (stage.equals(Stage.PRUNE)) {
            aimAt(stage);
        }
        if (plan.steps(stage) > 0) {
            run.planned(stage.word(), plan.steps(stage));
            training.expect(stage.word());
            plan.learningRates(stage).forEach((group, rate) -> training.learningRate(stage.word(), group, rate));
        }
    }

    @Override
    public void changed(RunState state, List<RunEvent> events) {
        over = false;
        if (ground.covered(events)) {
            run.progressed(clock.instant());
        }
        if (events.isEmpty()) {
            run.checkpoint(clock.instant());
        }
        run.state(state.phase());
        state.stages()
                .forEach(record -> run.stage(
                        record.stage().word(), record.state(), record.steps(), record.started(), record.ended()));
        run.student(state.students().size(), state.kept().size());
        events.forEach(this::count);
        boolean again = events.stream().anyMatch(RunMetrics::discardsResults);
        if (again) {
            results.discard();
        }
        if (again || events.isEmpty() || events.stream().anyMatch(RunEvent.Merged.class::isInstance)) {
            prunings(state).reduce((earlier, later) -> later).ifPresent(this::aimAt);
            tellResults(Manifest.json(state));
        }
    }

    private static boolean discardsResults(RunEvent event) {
        return event instanceof RunEvent.Reconfigured
                || event instanceof RunEvent.StageReset
                || event instanceof RunEvent.StageRewound;
    }

    /** The run goes on with other settings: what was made with these is told anew, as far as it stays. */
    public void discard() {
        results.discard();
    }

    /** What the smaller model is to be held against: in rounds, each has its own. */
    private void aimAt(Stage pruning) {
        results.goal(config.at(pruning).prune().sparsity());
    }

    private static Stream<Stage> prunings(RunState state) {
        return state.stages().stream()
                .filter(record -> record.stage().kind().equals(Stage.PRUNE.kind())
                        && !record.measured().isEmpty())
                .map(StageRecord::stage);
    }

    private void count(RunEvent event) {
        if (event instanceof RunEvent.Assigned assigned) {
            assignments.count(assigned.key().stage().word(), Outcome.ASSIGNED);
        } else if (event instanceof RunEvent.AttemptFailed failed) {
            assignments.count(failed.key().stage().word(), outcome(failed.end()));
        } else if (event instanceof RunEvent.StageFailed failed) {
            run.stageFailed(failed.stage().word());
        } else if (event instanceof RunEvent.Merged merged) {
            assignments.count(merged.result().key().stage().word(), Outcome.MERGED);
            run.checkpoint(merged.at());
        } else if (event instanceof RunEvent.StageStarted || event instanceof RunEvent.Resumed) {
            run.checkpoint(event.at());
        }
    }

    private static Outcome outcome(AttemptEnd end) {
        return switch (end) {
            case FAILED -> Outcome.FAILED;
            case LOST -> Outcome.LOST;
            case RETURNED -> Outcome.RETURNED;
            case STALE -> Outcome.STALE;
        };
    }

    private void tellResults(ObjectNode manifest) {
        JsonNode parameters = manifest.path("parameters");
        if (parameters.isObject()) {
            results.parameters(
                    parameters.path("before").asLong(),
                    parameters.path("after").asLong(),
                    parameters.path("sparsity").asDouble());
            parameters
                    .path("kept")
                    .properties()
                    .forEach(kept -> results.kept(kept.getKey(), kept.getValue().asDouble()));
        }
        manifest.path("evaluation").properties().forEach(measured -> measured.getValue()
                .path("perplexity")
                .forEach(text -> results.perplexity(
                        measured.getKey(),
                        lastName(text.path("file").asText()),
                        text.path("value").asDouble())));
    }

    /** A worker said it: any text, so not a path. */
    private static String lastName(String file) {
        return file.substring(file.lastIndexOf('/') + 1);
    }

    @Override
    public void stepped(StepMetrics metrics) {
        if (ground.covered(metrics.stage(), metrics.step())) {
            run.progressed(clock.instant());
        }
        training.stepped(
                metrics.stage().word(),
                clock.instant(),
                metrics.tokens(),
                metrics.seconds(),
                metrics.teacher(),
                metrics.values());
    }

    @Override
    public void progressed(Stage stage, long done, long total, String what) {
        if (ground.covered(stage, done, what)) {
            run.progressed(clock.instant());
        }
    }

    @Override
    public void damaged(Stage stage, String cause) {
        run.damaged(stage.word(), clock.instant());
    }

    @Override
    public void ended(RunOutcome outcome) {
        over = true;
    }

    /** A process that ends with its run stops the run's actor, too. */
    @Override
    public void broken(Throwable cause) {
        if (!over) {
            run.broken(RunPhase.values());
        }
    }

    @Override
    public void journalled(Duration took) {
        run.journalled(took);
    }

    @Override
    public void blended(int staleness, Duration took) {
        assignments.merged(staleness, took);
    }

    @Override
    public void stale(Worker.Report report) {
        if (report instanceof Worker.Done || report instanceof Worker.Failed) {
            assignments.count(report.key().stage().word(), Outcome.STALE);
        }
    }
}
