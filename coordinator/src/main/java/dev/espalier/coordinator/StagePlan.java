package dev.espalier.coordinator;

import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.Teacher;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.config.RunConfig;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

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
                .filter(stage -> !stage.equals(Stage.CALIBRATE) || needsCalibration())
                .filter(stage ->
                        !stage.equals(Stage.RECOVER) || config.recover().steps() > 0)
                .toList();
    }

    /**
     * How many more assignments of the current stage can be handed out now, besides those that are open. None while one
     * of these waits for another attempt: so one worker takes all steps in their order, whatever fails.
     */
    public int fresh(RunState state) {
        StageRecord record = state.current().orElseThrow();
        if (!record.open().stream().allMatch(Task::inFlight)) {
            return 0;
        }
        int end = training(record).to();
        if (record.cursor() < end) {
            int slices = (end - record.cursor() + innerSteps(record) - 1) / innerSteps(record);
            return Math.max(0, Math.min(slices, parallel(record) - record.open().size()));
        }
        return record.open().isEmpty() && single(state, record).isPresent() ? 1 : 0;
    }

    /** What the next assignment covers, if there can be one; its lane and base are still open. */
    public Optional<Slice> next(RunState state) {
        if (fresh(state) == 0) {
            return Optional.empty();
        }
        StageRecord record = state.current().orElseThrow();
        return Optional.of(whole(record, new Slice(record.cursor(), 0, 0, 0)));
    }

    /** Whether all work of the current stage is merged. */
    public boolean finished(RunState state) {
        return state.current().orElseThrow().open().isEmpty() && fresh(state) == 0;
    }

    /**
     * An assignment's work if it is handed out now: from the newest student version, under the teacher that is due.
     *
     * @param slice as {@link #next} gave it, with its lane
     */
    public Work work(RunState state, Slice slice) {
        StageRecord record = state.current().orElseThrow();
        Training training = training(record);
        if (slice.firstStep() >= training.to()) {
            return single(state, record).orElseThrow();
        }
        int steps = whole(record, slice).steps();
        boolean gated = training.model().isEmpty();
        return new Work.Train(
                training.model(),
                student(record),
                moments(record, slice.lane()),
                calibration(state),
                slice.firstStep(),
                training.to(),
                record.stage().equals(Stage.PRUNE)
                        ? Schedule.of(config.prune()).slice(slice.firstStep(), steps)
                        : Collections.nCopies(steps, 0.0),
                // After the cut, earlier versions, which had their gates alone to make up for what was gone, know less
                // than the intact model.
                gated ? state.teacher(curriculum(state).teacher(training.to() - slice.firstStep())) : Teacher.INTACT);
    }

    /** The newest student of the model that the stage trains now; empty before its first slice is merged. */
    Optional<BlobRef> student(StageRecord record) {
        return record.steps() > training(record).from() ? record.student() : Optional.empty();
    }

    /** The slice with its length, which journals of versions that knew one worker only do not tell. */
    Slice whole(StageRecord record, Slice slice) {
        int left = training(record).to() - slice.firstStep();
        int steps = slice.steps() > 0 ? slice.steps() : Math.max(0, Math.min(innerSteps(record), left));
        return new Slice(slice.firstStep(), steps, slice.lane(), slice.base());
    }

    /** A lane's moments, if the newest student does not hold them itself. */
    private Optional<BlobRef> moments(StageRecord record, int lane) {
        if (student(record).isEmpty() || record.lanes().isEmpty()) {
            return Optional.empty();
        }
        BlobRef moments = record.lanes().get(lane).moments();
        return Optional.of(moments).filter(blob -> !record.student().equals(Optional.of(blob)));
    }

    /**
     * Steps {@code from .. to - 1} of a stage, which train one model.
     *
     * @param model its folder; empty: the intact one, under gates
     */
    private record Training(int from, int to, Optional<String> model) {}

    /** What the stage trains until its next work of another kind; no steps if it does not. */
    private Training training(StageRecord record) {
        RunConfig.Prune prune = config.prune();
        if (record.stage().equals(Stage.PRUNE) && prune.method() == RunConfig.Method.NUTEPRUNE) {
            return record.measured().isEmpty()
                    ? new Training(0, prune.gatedSteps(), Optional.empty())
                    : new Training(prune.gatedSteps(), prune.steps(), Optional.of(CUT_MODEL));
        }
        int steps = record.stage().equals(Stage.RECOVER) ? config.recover().steps() : 0;
        return new Training(0, steps, Optional.of(PRUNED_MODEL));
    }

    /** Slices that may be open at a time. The first makes the student that the others start from. */
    private int parallel(StageRecord record) {
        boolean sequential = student(record).isEmpty() || faithful(record);
        return sequential ? 1 : config.cluster().maxStaleness() + 1;
    }

    /** Steps of a slice: one while following the authors' code, which records each. */
    private int innerSteps(StageRecord record) {
        return faithful(record) ? 1 : config.cluster().innerSteps();
    }

    /** Whether the stage follows the authors' code; they tell nothing of how they recovered on a cluster. */
    private boolean faithful(StageRecord record) {
        return record.stage().equals(Stage.PRUNE) && config.prune().faithful();
    }

    /** Work that is done by one worker while the stage's others wait: what is left after training, if any was. */
    private Optional<Work> single(RunState state, StageRecord record) {
        return switch (record.stage().kind()) {
            case "calibrate" -> once(record, new Work.Calibrate());
            case "prune" -> pruned(state, record);
            case "recover" -> Optional.empty();
            case "export" ->
                once(record, new Work.Export(state.stage(Stage.RECOVER).flatMap(StageRecord::student)));
            case "evaluate" ->
                evaluations(state).stream()
                        .skip(record.measured().size())
                        .findFirst()
                        .map(model -> new Work.Evaluate(model));
            default -> throw new IllegalStateException("no plan for stage " + record.stage());
        };
    }

    private Optional<Work> pruned(RunState state, StageRecord record) {
        if (config.prune().method() != RunConfig.Method.NUTEPRUNE) {
            return once(record, new Work.OneShot(calibration(state)));
        }
        BlobRef student = record.student().orElseThrow();
        boolean cut = config.prune().gatedSteps() < config.prune().steps();
        return switch (record.measured().size()) {
            case 0 -> Optional.of(new Work.Compact(student, calibration(state), cut ? CUT_MODEL : PRUNED_MODEL));
            case 1 -> cut ? Optional.of(new Work.Merge(student, CUT_MODEL, PRUNED_MODEL)) : Optional.empty();
            default -> Optional.empty();
        };
    }

    /** The folder of a smaller model that the work reads; empty if it reads none. */
    static Optional<String> reads(Work work) {
        if (work instanceof Work.Train train) {
            return train.model();
        } else if (work instanceof Work.Merge merge) {
            return Optional.of(merge.model());
        } else if (work instanceof Work.Export) {
            return Optional.of(PRUNED_MODEL);
        } else if (work instanceof Work.Evaluate evaluate) {
            return evaluate.model();
        }
        return Optional.empty();
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

    /** The curriculum as far as the run got. */
    Curriculum curriculum(RunState state) {
        List<Integer> recorded =
                state.teachers().stream().map(TaggedTeacher::percent).toList();
        return Curriculum.of(config.prune(), recorded, state.turnedAt());
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
