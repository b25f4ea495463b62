package dev.espalier.coordinator;

import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.Teacher;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.config.RunConfig;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** What each stage consists of: pure, a function of the configuration and of what is merged so far. */
public final class StagePlan {
    /** The smaller model as it was cut, while the prune stage still teaches it. */
    static final String CUT_MODEL = "stages/prune/cut";

    /** Where the prune stage leaves the physically smaller model. */
    public static final String PRUNED_MODEL = "stages/prune/model";

    /** Where the export stage leaves what users take away. */
    public static final String EXPORTED_MODEL = "export/hf";

    private final RunConfig config;

    public StagePlan(RunConfig config) {
        this.config = config;
    }

    /** The configured stages without those that would do nothing. */
    public List<Stage> stages() {
        return config.stages().stream()
                .filter(stage -> stage != Stage.CALIBRATE || needsCalibration())
                .filter(stage -> stage != Stage.RECOVER || config.recover().steps() > 0)
                .toList();
    }

    /** The next work of the current stage; empty when all of it is merged. */
    public Optional<Work> next(RunState state) {
        StageRecord record = state.current().orElseThrow();
        return switch (record.stage()) {
            case CALIBRATE -> once(record, new Work.Calibrate());
            case PRUNE -> prune(state, record);
            case RECOVER -> recover(state, record);
            case EXPORT ->
                once(record, new Work.Export(state.stage(Stage.RECOVER).flatMap(StageRecord::student)));
            case EVALUATE ->
                evaluations(state).stream()
                        .skip(record.measured().size())
                        .findFirst()
                        .map(model -> new Work.Evaluate(model));
        };
    }

    /** Training steps of {@code work}; 0 if it is not training. */
    public static int steps(Work work) {
        return work instanceof Work.Train train ? train.targets().size() : 0;
    }

    /** The models that the evaluate stage measures, in order: the intact one, the pruned, the exported. */
    public static List<Optional<String>> evaluations(RunState state) {
        List<Optional<String>> models = new ArrayList<>(List.of(Optional.empty()));
        if (completed(state, Stage.PRUNE)) {
            models.add(Optional.of(PRUNED_MODEL));
        }
        if (completed(state, Stage.EXPORT)) {
            models.add(Optional.of(EXPORTED_MODEL));
        }
        return models;
    }

    private static boolean completed(RunState state, Stage stage) {
        return state.stage(stage)
                .filter(record -> record.state() == StageState.COMPLETED)
                .isPresent();
    }

    private Optional<Work> prune(RunState state, StageRecord record) {
        if (config.prune().method() != RunConfig.Method.NUTEPRUNE) {
            return once(record, new Work.OneShot(calibration(state)));
        }
        int total = config.prune().steps();
        int gated = config.prune().gatedSteps();
        if (record.steps() < gated) {
            OptionalInt percent = curriculum(state).teacher(gated - record.steps());
            return Optional.of(slice(state, record, Optional.empty(), record.student(), gated, state.teacher(percent)));
        }
        BlobRef student = record.student().orElseThrow();
        if (gated == total) {
            return once(record, new Work.Compact(student, PRUNED_MODEL));
        }
        if (record.measured().isEmpty()) {
            return Optional.of(new Work.Compact(student, CUT_MODEL));
        }
        if (record.steps() < total) {
            Optional<BlobRef> from = record.steps() == gated ? Optional.empty() : record.student();
            // Earlier versions had their gates alone to make up for what was gone: the intact model knows better.
            return Optional.of(slice(state, record, Optional.of(CUT_MODEL), from, total, Teacher.INTACT));
        }
        return record.measured().size() == 1
                ? Optional.of(new Work.Merge(student, CUT_MODEL, PRUNED_MODEL))
                : Optional.empty();
    }

    /** @param end where this model's training ends */
    private Work.Train slice(
            RunState state,
            StageRecord record,
            Optional<String> model,
            Optional<BlobRef> student,
            int end,
            Teacher teacher) {
        return new Work.Train(
                model,
                student,
                calibration(state),
                record.steps(),
                end,
                Schedule.of(config.prune()).slice(record.steps(), slice(record.steps(), end)),
                teacher);
    }

    private Optional<Work> recover(RunState state, StageRecord record) {
        int total = config.recover().steps();
        if (record.steps() >= total) {
            return Optional.empty();
        }
        int slice = slice(record.steps(), total);
        return Optional.of(new Work.Train(
                Optional.of(PRUNED_MODEL),
                record.student(),
                calibration(state),
                record.steps(),
                total,
                Collections.nCopies(slice, 0.0),
                Teacher.INTACT));
    }

    /** The curriculum as far as the run got. */
    Curriculum curriculum(RunState state) {
        List<Integer> recorded =
                state.teachers().stream().map(TaggedTeacher::percent).toList();
        return Curriculum.of(config.prune(), recorded, state.turnedAt());
    }

    /** Steps of the slice that begins at {@code first}: one while following the authors' code, which records each. */
    private int slice(int first, int total) {
        int steps = config.prune().faithful() ? 1 : config.cluster().innerSteps();
        return Math.min(steps, total - first);
    }

    private boolean needsCalibration() {
        RunConfig.Prune prune = config.prune();
        return switch (prune.method()) {
            case WANDA_SP -> true;
            // The closed form walks through the text itself, layer after pruned layer.
            case OBS, MAGNITUDE -> false;
            case NUTEPRUNE ->
                prune.initialiseFrom()
                        .filter(metric -> metric != RunConfig.Metric.MAGNITUDE)
                        .isPresent();
        };
    }

    /** The accumulators: the artefact that the calibrate stage left among the blobs. */
    static Optional<BlobRef> calibration(RunState state) {
        return state.stage(Stage.CALIBRATE).stream()
                .flatMap(record -> record.artefacts().stream())
                .filter(artefact -> artefact.path().startsWith(RunFolder.BLOBS + "/"))
                .findFirst()
                .map(artefact -> new BlobRef(artefact.sha256(), artefact.bytes()));
    }

    private static Optional<Work> once(StageRecord record, Work work) {
        return record.measured().isEmpty() ? Optional.of(work) : Optional.empty();
    }
}
