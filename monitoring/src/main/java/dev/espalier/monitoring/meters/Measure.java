package dev.espalier.monitoring.meters;

import static dev.espalier.monitoring.meters.Label.FILE;
import static dev.espalier.monitoring.meters.Label.GPU;
import static dev.espalier.monitoring.meters.Label.KIND;
import static dev.espalier.monitoring.meters.Label.OPERATION;
import static dev.espalier.monitoring.meters.Label.OUTCOME;
import static dev.espalier.monitoring.meters.Label.PHASE;
import static dev.espalier.monitoring.meters.Label.REASON;
import static dev.espalier.monitoring.meters.Label.RUN;
import static dev.espalier.monitoring.meters.Label.STAGE;
import static dev.espalier.monitoring.meters.Label.STATE;
import static dev.espalier.monitoring.meters.Label.STRUCTURE;
import static dev.espalier.monitoring.meters.Label.WHEN;
import static dev.espalier.monitoring.meters.Measure.Kind.COUNTER;
import static dev.espalier.monitoring.meters.Measure.Kind.GAUGE;
import static dev.espalier.monitoring.meters.Measure.Kind.SUMMARY;
import static dev.espalier.monitoring.meters.Measure.Kind.TIMER;
import static dev.espalier.monitoring.meters.Measure.Kind.TIMESTAMP;

import io.micrometer.core.instrument.Meter;
import io.micrometer.prometheusmetrics.PrometheusNamingConvention;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Every measure that Espalier makes of itself: the one place of names, units, labels and descriptions. Names are
 * Micrometer's, without unit and kind; {@link #series()} tells what Prometheus sees. Dashboards and alerts may use no
 * other (besides the JVM's), which a test holds.
 */
public enum Measure {
    // the run and its stages, from the coordinator
    RUN_STATE(
            "espalier.run.state",
            GAUGE,
            "",
            "1 for the state a run is in, 0 for the others; broken: its journal or folder fails",
            RUN,
            STATE),
    RUN_PROGRESS(
            "espalier.run.progress.timestamp",
            TIMESTAMP,
            "",
            "When the run last went on: merged a result, or told of work that had not been done before",
            RUN),
    DAMAGE(
            "espalier.damage.timestamp",
            TIMESTAMP,
            "",
            "When a file of the stage that the run relies on was last found missing or damaged",
            RUN,
            STAGE),
    STAGE_STATE(
            "espalier.stage.state", GAUGE, "", "1 for the state a stage is in, 0 for the others", RUN, STAGE, STATE),
    STAGE_STARTED("espalier.stage.started.timestamp", TIMESTAMP, "", "When the stage last started", RUN, STAGE),
    STAGE_ENDED(
            "espalier.stage.ended.timestamp",
            TIMESTAMP,
            "",
            "When the stage completed, failed or was skipped",
            RUN,
            STAGE),
    STAGE_FAILURES("espalier.stage.failures", COUNTER, "", "Times that the stage failed", RUN, STAGE),
    STAGE_STEPS("espalier.stage.steps", GAUGE, "steps", "Training steps of the stage that are merged", RUN, STAGE),
    STAGE_PLANNED("espalier.stage.planned", GAUGE, "steps", "Training steps that the stage will have", RUN, STAGE),

    // training, from the coordinator
    STEP_TIME("espalier.training.step", TIMER, Buckets.STEPS, "Time of one training step on its worker", RUN, STAGE),
    STEPS("espalier.training.steps", COUNTER, "", "Training steps that were reported", RUN, STAGE),
    TOKENS("espalier.training.tokens", COUNTER, "", "Input tokens of the reported steps", RUN, STAGE),
    NON_FINITE_STEPS(
            "espalier.training.nonfinite.steps",
            COUNTER,
            "",
            "Steps skipped because loss or gradient was not finite",
            RUN,
            STAGE),
    LAST_STEP("espalier.training.last.step.timestamp", TIMESTAMP, "", "When the last step was reported", RUN),
    LOSS(
            "espalier.training.loss",
            GAUGE,
            "",
            "Loss of the last step by kind; total is what was minimised, kl and validation are in nats per token",
            RUN,
            STAGE,
            KIND),
    GRADIENT_NORM(
            "espalier.training.gradient.norm",
            GAUGE,
            "",
            "Global norm of the student's gradients at the last step, before clipping",
            RUN,
            STAGE),
    LEARNING_RATE("espalier.training.learning.rate", GAUGE, "", "Learning rate by what it moves", RUN, STAGE, KIND),
    VALUE(
            "espalier.training.value",
            GAUGE,
            "",
            "What the method tells of its last step besides, by the name that metrics.jsonl gives it",
            RUN,
            STAGE,
            KIND),
    SPARSITY(
            "espalier.sparsity",
            GAUGE,
            "ratio",
            "Share of prunable parameters gone: expected under the masks, the schedule's target, realised in the"
                    + " smaller model, and the goal of the run",
            RUN,
            KIND),
    TEACHER_SPARSITY(
            "espalier.teacher.sparsity", GAUGE, "ratio", "Sparsity of the teacher in use; 0 is the intact model", RUN),
    TEACHER_GAP(
            "espalier.teacher.gap", GAUGE, "ratio", "Expected sparsity of the student minus that of its teacher", RUN),
    TEACHERS("espalier.teachers", GAUGE, "", "Student versions in the teacher bank", RUN),

    // results, from the coordinator
    PARAMETERS("espalier.model.parameters", GAUGE, "", "Parameters of the whole model", RUN, WHEN),
    KEPT("espalier.model.kept", GAUGE, "ratio", "Share of the structures that is left", RUN, STRUCTURE),
    PERPLEXITY("espalier.perplexity", GAUGE, "", "Perplexity as the evaluate stage measured it", RUN, WHEN, FILE),

    // assignments, journal and cluster, from the coordinator
    ASSIGNMENTS("espalier.assignments", COUNTER, "", "Assignments by what became of them", RUN, STAGE, OUTCOME),
    STALENESS(
            "espalier.merge.staleness",
            SUMMARY,
            Buckets.VERSIONS,
            "Student versions that were merged between an assignment's base and its own merge",
            RUN),
    MERGE_TIME("espalier.merge", TIMER, Buckets.MERGES, "Time to merge one result into the student", RUN),
    STUDENT_VERSION("espalier.student.version", GAUGE, "", "Number of the newest student version", RUN),
    CHECKPOINT(
            "espalier.checkpoint.timestamp",
            TIMESTAMP,
            "",
            "When a result was merged last, or work began since: what a crash goes back to",
            RUN),
    JOURNAL_TIME("espalier.journal.write", TIMER, Buckets.WRITES, "Time until the journal held a batch of events", RUN),
    WORKERS("espalier.workers", GAUGE, "", "Workers by state", STATE),
    WORKER_LOSSES("espalier.workers.losses", COUNTER, "", "Workers that left without saying so"),
    WORKER_LOST("espalier.workers.last.loss.timestamp", TIMESTAMP, "", "When a worker was last lost"),

    // every node
    MESSAGES_LOST(
            "espalier.messages.lost",
            COUNTER,
            "",
            "Messages that did not arrive: refused for their size, dropped on the way, or undelivered",
            REASON),
    BLOB_BYTES("espalier.blob", COUNTER, "bytes", "Bytes of blobs by what was done with them", OPERATION),
    BLOB_REFUSALS(
            "espalier.blob.refusals",
            COUNTER,
            "",
            "Requests for blobs that the coordinator refused; disk-full is its status 507",
            REASON),
    BLOB_TIME("espalier.blob.operation", TIMER, Buckets.TRANSFERS, "Time of one operation on a blob", OPERATION),

    // the worker
    WORKER_BUSY("espalier.worker.busy", GAUGE, "", "1 while the device works on an assignment"),
    WORK_TIME("espalier.worker.assignment", TIMER, "", "Time of one assignment on the device", RUN, STAGE, OUTCOME),
    PHASE_TIME(
            "espalier.training.phase",
            TIMER,
            "",
            "Time of a part of the training step; on a GPU, time to launch it",
            RUN,
            STAGE,
            PHASE),
    ROLE_SWAP(
            "espalier.training.role.swap",
            TIMER,
            Buckets.SWAPS,
            "Time to make the model the student after it was the teacher: the masks' way to the device",
            RUN),
    TENSORS("espalier.tensors", GAUGE, "", "Native arrays that the worker holds"),
    TENSOR_BYTES("espalier.tensors.size", GAUGE, "bytes", "Bytes of the native arrays that the worker holds"),

    // the machine
    RESIDENT_MEMORY(
            "process.resident.memory", GAUGE, "bytes", "Resident memory of the process, native memory included"),
    GPU_USE("espalier.gpu.use", GAUGE, "ratio", "Share of time in which a kernel ran, as nvidia-smi tells", GPU),
    GPU_MEMORY_USED("espalier.gpu.memory.used", GAUGE, "bytes", "Memory of the GPU in use, by all processes", GPU),
    GPU_MEMORY("espalier.gpu.memory", GAUGE, "bytes", "Memory of the GPU", GPU),
    GPU_TEMPERATURE("espalier.gpu.temperature", GAUGE, "celsius", "Temperature of the GPU", GPU),
    GPU_POWER("espalier.gpu.power", GAUGE, "watts", "Power that the GPU draws", GPU);

    enum Kind {
        /** A value now. */
        GAUGE(Meter.Type.GAUGE),
        /** When something happened: seconds since 1970. */
        TIMESTAMP(Meter.Type.GAUGE),
        COUNTER(Meter.Type.COUNTER),
        /** A count of durations and their sum. */
        TIMER(Meter.Type.TIMER),
        /** A count of values and their sum. */
        SUMMARY(Meter.Type.DISTRIBUTION_SUMMARY);

        final Meter.Type type;

        Kind(Meter.Type type) {
            this.type = type;
        }
    }

    /** Upper bounds of histogram buckets; seconds in timers. */
    private static final class Buckets {
        static final double[] STEPS = {0.01, 0.03, 0.1, 0.3, 1, 2, 3, 5, 10, 30, 100, 300};
        static final double[] SWAPS = {1e-6, 1e-5, 5e-5, 1e-4, 1e-3, 1e-2};
        static final double[] WRITES = {0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3};
        static final double[] MERGES = {0.001, 0.01, 0.05, 0.1, 0.5, 1, 5};
        static final double[] TRANSFERS = {0.01, 0.1, 1, 10, 100, 1000};
        static final double[] VERSIONS = {1, 2, 4, 8, 16, 32};
    }

    private static final PrometheusNamingConvention CONVENTION = new PrometheusNamingConvention();

    private final String name;
    private final Kind kind;
    private final String unit;
    private final double[] buckets;
    private final String description;
    private final List<Label> labels;

    Measure(String name, Kind kind, String unit, String description, Label... labels) {
        this(name, kind, unit, new double[0], description, labels);
    }

    Measure(String name, Kind kind, double[] buckets, String description, Label... labels) {
        this(name, kind, "", buckets, description, labels);
    }

    Measure(String name, Kind kind, String unit, double[] buckets, String description, Label... labels) {
        this.name = name;
        this.kind = kind;
        this.unit = unit;
        this.buckets = buckets;
        this.description = description;
        this.labels = List.of(labels);
    }

    String meterName() {
        return name;
    }

    Kind kind() {
        return kind;
    }

    /** The unit, for meters that do not bring their own. */
    Optional<String> unit() {
        return unit.isEmpty() ? Optional.empty() : Optional.of(unit);
    }

    double[] buckets() {
        return buckets.clone();
    }

    String description() {
        return description;
    }

    List<Label> labels() {
        return labels;
    }

    /** The names of the series that Prometheus finds of it. */
    public List<String> series() {
        String base = CONVENTION.name(name, kind.type, kind == TIMESTAMP ? "seconds" : unit().orElse(null));
        return switch (kind) {
            case GAUGE, TIMESTAMP -> List.of(base);
            case COUNTER -> List.of(base.endsWith("_total") ? base : base + "_total");
            case TIMER, SUMMARY ->
                Stream.concat(
                                Stream.of("_count", "_sum", "_max"),
                                Arrays.stream(buckets).limit(1).mapToObj(b -> "_bucket"))
                        .map(base::concat)
                        .toList();
        };
    }
}
