package dev.espalier.monitoring.meters;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.monitoring.StepFields;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RecordersTest {
    private static final Instant AT = Instant.ofEpochSecond(1_700_000_000);

    private enum State {
        RUNNING,
        NOT_THERE
    }

    private final Scrape scrape = new Scrape();

    @Test
    void oneStateOfARunAndOfAStageIsOne() {
        RunMeters run = new RunMeters(scrape.meters, "r");
        run.state(State.RUNNING);
        run.stage("prune", State.RUNNING, 4, Optional.of(AT), Optional.empty());
        run.state(State.NOT_THERE);

        assertThat(scrape.read())
                .containsEntry("espalier_run_state{run=\"r\",state=\"running\"}", 0.0)
                .containsEntry("espalier_run_state{run=\"r\",state=\"not-there\"}", 1.0)
                .containsEntry("espalier_stage_state{run=\"r\",stage=\"prune\",state=\"running\"}", 1.0)
                .containsEntry("espalier_stage_failures_total{run=\"r\",stage=\"prune\"}", 0.0)
                .containsEntry("espalier_stage_started_timestamp_seconds{run=\"r\",stage=\"prune\"}", 1.7e9)
                .doesNotContainKey("espalier_stage_ended_timestamp_seconds{run=\"r\",stage=\"prune\"}");
    }

    @Test
    void aStepIsSeenFromAllSides() {
        TrainingMeters training = new TrainingMeters(scrape.meters, "r");
        training.expect("prune");

        step(training, 4, 2.5, "10", 0.9);

        assertThat(scrape.read())
                .containsEntry("espalier_training_steps_total{run=\"r\",stage=\"prune\"}", 1.0)
                .containsEntry("espalier_training_tokens_total{run=\"r\",stage=\"prune\"}", 64.0)
                .containsEntry("espalier_training_nonfinite_steps_total{run=\"r\",stage=\"prune\"}", 0.0)
                .containsEntry("espalier_training_step_seconds_sum{run=\"r\",stage=\"prune\"}", 0.25)
                .containsEntry("espalier_training_step_seconds_bucket{run=\"r\",stage=\"prune\",le=\"0.3\"}", 1.0)
                .containsEntry("espalier_training_loss{kind=\"total\",run=\"r\",stage=\"prune\"}", 2.5)
                .containsEntry("espalier_sparsity_ratio{kind=\"expected\",run=\"r\"}", 0.12)
                .containsEntry("espalier_teacher_sparsity_ratio{run=\"r\"}", 0.1)
                .hasEntrySatisfying("espalier_teacher_gap_ratio{run=\"r\"}", gap -> assertThat(gap)
                        .isBetween(0.0199, 0.0201))
                .containsEntry("espalier_training_last_step_timestamp_seconds{run=\"r\"}", 1.7e9);
    }

    @Test
    void aStepThatIsNotFiniteIsCountedAndTheIntactTeacherHasNoSparsity() {
        TrainingMeters training = new TrainingMeters(scrape.meters, "r");

        step(training, 0, Double.NaN, "intact", Double.NaN);

        assertThat(scrape.read())
                .containsEntry("espalier_training_nonfinite_steps_total{run=\"r\",stage=\"prune\"}", 1.0)
                .containsEntry("espalier_teacher_sparsity_ratio{run=\"r\"}", 0.0);
    }

    @Test
    void aTeacherOfAnUnknownNameIsNoTeacher() {
        TrainingMeters training = new TrainingMeters(scrape.meters, "r");

        step(training, 0, 2, "intact", 1);
        step(training, 1, 2, "of another version", 1);

        assertThat(scrape.read()).containsEntry("espalier_teacher_sparsity_ratio{run=\"r\"}", Double.NaN);
    }

    @Test
    void whatAMethodTellsOfItsOwnHasASeriesOfItsOwn() {
        TrainingMeters training = new TrainingMeters(scrape.meters, "r");

        training.stepped("prune", AT, 64, 0.25, "none", Map.of("entropy", 0.5, "loss.baseline", 3.0));

        assertThat(scrape.read())
                .containsEntry("espalier_training_value{kind=\"entropy\",run=\"r\",stage=\"prune\"}", 0.5)
                .containsEntry("espalier_training_loss{kind=\"baseline\",run=\"r\",stage=\"prune\"}", 3.0)
                .doesNotContainKey("espalier_training_nonfinite_steps_total{run=\"r\",stage=\"prune\"}");
    }

    private static void step(TrainingMeters training, int step, double loss, String teacher, double norm) {
        Map<String, Double> values = new HashMap<>(Map.of(
                StepFields.LOSS,
                loss,
                StepFields.LOSS_KL,
                loss,
                StepFields.SPARSITY_EXPECTED,
                0.12,
                StepFields.SPARSITY_TARGET,
                0.15,
                StepFields.LEARNING_RATE,
                1e-3,
                StepFields.GRADIENT_NORM,
                norm));
        if (step == 0) {
            values.put(StepFields.LOSS_VALIDATION, 3.5);
        }
        training.stepped("prune", AT, 64, 0.25, teacher, values);
    }

    @Test
    void theValidationLossStaysUntilItIsMeasuredAgain() {
        TrainingMeters training = new TrainingMeters(scrape.meters, "r");
        step(training, 0, 2, "intact", 1);
        step(training, 1, 2, "intact", 1);
        assertThat(scrape.read())
                .containsEntry("espalier_training_loss{kind=\"validation\",run=\"r\",stage=\"prune\"}", 3.5);
    }

    @Test
    void whatWasMadeOfTheModelIsShown() {
        ResultMeters result = new ResultMeters(scrape.meters, "r");
        result.goal(0.3);
        result.parameters(100, 80, 0.29);
        result.kept("heads", 0.75);
        result.perplexity("before", "text.txt", 12);

        assertThat(scrape.read())
                .containsEntry("espalier_sparsity_ratio{kind=\"goal\",run=\"r\"}", 0.3)
                .containsEntry("espalier_sparsity_ratio{kind=\"realised\",run=\"r\"}", 0.29)
                .containsEntry("espalier_model_parameters{run=\"r\",when=\"after\"}", 80.0)
                .containsEntry("espalier_model_kept_ratio{run=\"r\",structure=\"heads\"}", 0.75)
                .containsEntry("espalier_perplexity{file=\"text.txt\",run=\"r\",when=\"before\"}", 12.0);
    }

    @Test
    void damageIsTimedByTheStageThatLeftTheFile() {
        new RunMeters(scrape.meters, "r").damaged("prune", AT);

        assertThat(scrape.read()).containsEntry("espalier_damage_timestamp_seconds{run=\"r\",stage=\"prune\"}", 1.7e9);
    }

    @Test
    void assignmentsAreCountedFromZeroByWhatBecameOfThem() {
        AssignmentMeters assignments = new AssignmentMeters(scrape.meters, "r");
        assignments.expect("prune");
        assignments.count("prune", AssignmentMeters.Outcome.MERGED);
        assignments.merged(3, Duration.ofMillis(20));

        assertThat(scrape.read())
                .containsEntry("espalier_assignments_total{outcome=\"merged\",run=\"r\",stage=\"prune\"}", 1.0)
                .containsEntry("espalier_assignments_total{outcome=\"stale\",run=\"r\",stage=\"prune\"}", 0.0)
                .containsEntry("espalier_merge_staleness_bucket{run=\"r\",le=\"2.0\"}", 0.0)
                .containsEntry("espalier_merge_staleness_bucket{run=\"r\",le=\"4.0\"}", 1.0)
                .containsEntry("espalier_merge_seconds_sum{run=\"r\"}", 0.02);
    }

    @Test
    void workersAreCountedInEveryStateAndLossesFromZero() {
        WorkforceMeters workforce = new WorkforceMeters(scrape.meters);
        workforce.workers(Map.of(WorkforceMeters.State.BUSY, 2));

        assertThat(scrape.read())
                .containsEntry("espalier_workers{state=\"busy\"}", 2.0)
                .containsEntry("espalier_workers{state=\"idle\"}", 0.0)
                .containsEntry("espalier_workers_losses_total", 0.0);

        workforce.lost(AT);

        assertThat(scrape.read())
                .containsEntry("espalier_workers_losses_total", 1.0)
                .containsEntry("espalier_workers_last_loss_timestamp_seconds", 1.7e9);
    }

    @Test
    void lostMessagesAndBlobsAreCountedFromZero() {
        AtomicLong refused = new AtomicLong();
        MessageMeters messages = new MessageMeters(scrape.meters, refused::get);
        BlobMeters blobs = new BlobMeters(scrape.meters);
        RefusalMeters refusals = new RefusalMeters(scrape.meters, List.of("disk-full", "busy"));
        assertThat(scrape.read())
                .containsEntry("espalier_blob_refusals_total{reason=\"disk-full\"}", 0.0)
                .containsEntry("espalier_messages_lost_total{reason=\"dropped\"}", 0.0)
                .containsEntry("espalier_blob_bytes_total{operation=\"upload\"}", 0.0);

        refused.set(2);
        messages.undelivered();
        blobs.moved(BlobMeters.Operation.DOWNLOAD, 1000, Duration.ofSeconds(1));
        refusals.refused("disk-full");

        assertThat(scrape.read())
                .containsEntry("espalier_blob_refusals_total{reason=\"disk-full\"}", 1.0)
                .containsEntry("espalier_messages_lost_total{reason=\"refused\"}", 2.0)
                .containsEntry("espalier_messages_lost_total{reason=\"undelivered\"}", 1.0)
                .containsEntry("espalier_blob_bytes_total{operation=\"download\"}", 1000.0)
                .containsEntry("espalier_blob_operation_seconds_sum{operation=\"download\"}", 1.0);
    }

    @Test
    void aDeviceIsBusyFromTheBeginningOfAnAssignmentToItsEnd() {
        DeviceMeters device = new DeviceMeters(scrape.meters);
        assertThat(scrape.read()).containsEntry("espalier_worker_busy", 0.0);

        device.begin();
        assertThat(scrape.read()).containsEntry("espalier_worker_busy", 1.0);

        device.end("r", "prune", DeviceMeters.End.DONE, Duration.ofSeconds(2));
        assertThat(scrape.read())
                .containsEntry("espalier_worker_busy", 0.0)
                .containsEntry(
                        "espalier_worker_assignment_seconds_sum{outcome=\"done\",run=\"r\",stage=\"prune\"}", 2.0);
    }
}
