package dev.espalier.coordinator.listener;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.coordinator.FakeWorker;
import dev.espalier.coordinator.RunConfigs;
import dev.espalier.coordinator.local.LocalRun;
import dev.espalier.coordinator.method.TeachingMethod;
import dev.espalier.coordinator.stage.StagePlan;
import dev.espalier.coordinator.state.RunState;
import dev.espalier.monitoring.meters.Meters;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.Worker;
import dev.espalier.protocol.config.ResolvedRun;
import dev.espalier.protocol.config.RunConfig;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.search.RequiredSearch;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a whole run tells, through the real cluster and journal; only the worker is made up. */
class RunMetricsTest {
    private static final Instant NOW = Instant.ofEpochSecond(1_700_000_000);

    private RunConfig config = new RunConfigs().build();
    private SimpleMeterRegistry registry = new SimpleMeterRegistry();

    @TempDir
    Path directory;

    @Test
    void aRunThatCompletedToldOfEverythingItDid() throws Exception {
        execute(RunMetricsTest::measured);

        assertThat(gauge("espalier.run.state", "state", "completed")).isOne();
        assertThat(gauge("espalier.run.state", "state", "running")).isZero();
        for (Stage stage : Stage.USUAL) {
            assertThat(gauge("espalier.stage.state", "stage", stage.word(), "state", "completed"))
                    .isOne();
            assertThat(gauge("espalier.stage.ended.timestamp", "stage", stage.word()))
                    .isPositive();
        }
        assertThat(gauge("espalier.stage.planned", "stage", "prune")).isEqualTo(30);
        assertThat(gauge("espalier.stage.steps", "stage", "prune")).isEqualTo(30);
        assertThat(counter("espalier.training.steps", "stage", "prune")).isEqualTo(30);
        assertThat(counter("espalier.training.tokens", "stage", "recover")).isEqualTo(12 * 512);
        assertThat(counter("espalier.assignments", "stage", "prune", "outcome", "assigned"))
                .isEqualTo(7);
        assertThat(counter("espalier.assignments", "stage", "prune", "outcome", "merged"))
                .isEqualTo(7);
        assertThat(counter("espalier.assignments", "stage", "prune", "outcome", "failed"))
                .isZero();
        assertThat(gauge("espalier.student.version")).isEqualTo(9);
        assertThat(gauge("espalier.teachers")).isPositive();
        assertThat(gauge("espalier.checkpoint.timestamp")).isPositive();
        assertThat(gauge("espalier.run.progress.timestamp")).isEqualTo(NOW.getEpochSecond());
        Timer journal = find("espalier.journal.write").timer();
        assertThat(journal.count()).isGreaterThan(15);
    }

    @Test
    void aRunWhoseJournalOrFolderFailsIsBrokenUntilItIsOver() throws Exception {
        RunMetrics metrics =
                new RunMetrics(new Meters(registry), new StagePlan(config, TeachingMethod.STAGES), () -> NOW);
        metrics.broken(new IOException("no space left"));
        assertThat(gauge("espalier.run.state", "state", "broken")).isOne();
        assertThat(gauge("espalier.run.state", "state", "running")).isZero();
        metrics.changed(RunState.NONE, List.of());
        assertThat(gauge("espalier.run.state", "state", "broken")).isZero();
        metrics.ended(RunOutcome.COMPLETED);
        metrics.broken(new IOException("the process ends"));
        assertThat(gauge("espalier.run.state", "state", "broken")).isZero();
    }

    @Test
    void whatWasMeasuredIsToldAgainAfterARestart() throws Exception {
        AtomicInteger evaluations = new AtomicInteger();
        execute(assignment -> assignment.work().kind() == Work.Kind.MEASURE && evaluations.incrementAndGet() == 2
                ? Optional.of(FakeWorker.failure(assignment, true))
                : measured(assignment));
        assertThat(gauge("espalier.stage.state", "stage", "evaluate", "state", "failed"))
                .isOne();
        assertThat(counter("espalier.stage.failures", "stage", "evaluate")).isOne();
        assertThat(counter("espalier.assignments", "stage", "evaluate", "outcome", "failed"))
                .isOne();

        registry = new SimpleMeterRegistry();
        execute(RunMetricsTest::measured);

        assertThat(gauge("espalier.perplexity", "when", "before", "file", "text.txt"))
                .isEqualTo(7.5);
        assertThat(gauge("espalier.sparsity", "kind", "realised")).isEqualTo(0.2);
        assertThat(gauge("espalier.sparsity", "kind", "goal")).isEqualTo(0.2);
        assertThat(gauge("espalier.model.parameters", "when", "after")).isEqualTo(80);
        assertThat(gauge("espalier.stage.steps", "stage", "recover")).isEqualTo(12);
        assertThat(counter("espalier.assignments", "stage", "evaluate", "outcome", "merged"))
                .as("counted since the restart")
                .isEqualTo(2);
    }

    @Test
    void whatIsMadeAgainIsNotThereUntilItIs() throws Exception {
        execute(RunMetricsTest::measured);
        registry = new SimpleMeterRegistry();
        List<Double> meanwhile = new ArrayList<>();
        execute(Optional.of(Stage.PRUNE), assignment -> {
            Gauge realised =
                    registry.find("espalier.sparsity").tag("kind", "realised").gauge();
            if (assignment.key().stage().equals(Stage.PRUNE)) {
                meanwhile.add(realised == null ? Double.NaN : realised.value());
            }
            return measured(assignment);
        });
        assertThat(meanwhile).isNotEmpty().containsOnly(Double.NaN);
        assertThat(gauge("espalier.sparsity", "kind", "realised")).isEqualTo(0.2);
    }

    @Test
    void eachRoundHasAGoalOfItsOwn() throws Exception {
        RunConfigs rounds = new RunConfigs();
        rounds.stages = Stream.of("calibrate", "prune", "calibrate-2", "prune-2", "export")
                .map(Stage::written)
                .toList();
        rounds.rounds = List.of(0.1, 0.2);
        config = rounds.build();
        List<Double> goals = new ArrayList<>();
        execute(assignment -> {
            if (!assignment.key().stage().equals(Stage.EXPORT)) {
                goals.add(gauge("espalier.sparsity", "kind", "goal"));
            }
            return Optional.empty();
        });
        assertThat(goals).as("until the second has ended").containsOnly(0.1);
        assertThat(gauge("espalier.sparsity", "kind", "goal")).isEqualTo(0.2);
        assertThat(counter("espalier.training.steps", "stage", "prune-2")).isEqualTo(30);
    }

    @Test
    void aFileOfAnyNameThatAWorkerTellsKeepsNoRunFromGoingOn() throws Exception {
        List<String> names = new ArrayList<>(List.of("/", "\\u0000"));
        execute(assignment -> measured(assignment, names.isEmpty() ? "text.txt" : names.remove(0)));
        assertThat(gauge("espalier.run.state", "state", "completed")).isOne();
        assertThat(names).isEmpty();
    }

    private static Optional<Worker.Report> measured(Assignment assignment) {
        return measured(assignment, "some/where/text.txt");
    }

    private static Optional<Worker.Report> measured(Assignment assignment, String file) {
        return assignment.work().kind() == Work.Kind.MEASURE
                ? Optional.of(new Worker.Done(
                        new WorkResult(
                                assignment.key(),
                                Optional.empty(),
                                Double.NaN,
                                List.of(),
                                "{\"perplexity\":[{\"file\":\"" + file + "\",\"value\":7.5}]}"),
                        FakeWorker.MODEL))
                : Optional.empty();
    }

    private void execute(Function<Assignment, Optional<Worker.Report>> script)
            throws IOException, InterruptedException {
        execute(Optional.empty(), script);
    }

    private void execute(Optional<Stage> again, Function<Assignment, Optional<Worker.Report>> script)
            throws IOException, InterruptedException {
        LocalRun.execute(
                new ResolvedRun(config, "seed = 1", directory),
                TeachingMethod.STAGES,
                again,
                new FakeWorker(script).behavior(),
                "pekko.actor.default-dispatcher",
                new RunMetrics(
                        new Meters(registry), new StagePlan(config, TeachingMethod.STAGES), InstantSource.fixed(NOW)),
                LocalRun.Companion.NONE);
    }

    private double gauge(String name, String... tags) {
        return find(name, tags).gauge().value();
    }

    private double counter(String name, String... tags) {
        return find(name, tags).counter().count();
    }

    private RequiredSearch find(String name, String... tags) {
        return registry.get(name).tag("run", "test").tags(tags);
    }
}
