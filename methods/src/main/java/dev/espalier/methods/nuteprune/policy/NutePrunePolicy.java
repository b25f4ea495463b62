package dev.espalier.methods.nuteprune.policy;

import dev.espalier.coordinator.method.Method;
import dev.espalier.coordinator.stage.Errand;
import dev.espalier.coordinator.stage.Leg;
import dev.espalier.coordinator.stage.RunView;
import dev.espalier.coordinator.state.StageRecord;
import dev.espalier.methods.gates.StartScores;
import dev.espalier.methods.nuteprune.GateOrder;
import dev.espalier.methods.nuteprune.NutePruneKeys;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.Note;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Work;
import dev.espalier.protocol.WorkResult;
import dev.espalier.protocol.config.RunConfig;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;

/** NutePrune on the coordinator: the legs, the wanted sparsity of each step, the teacher of each slice. */
public final class NutePrunePolicy implements Method {
    private static final String GATES = "gates";
    private static final String CUT = "cut";
    private static final String TEACH = "teach";
    /** What journals have called it from the first. */
    private static final String FOLD = "merge";

    @Override
    public String name() {
        return NutePruneKeys.NAME;
    }

    @Override
    public Set<String> metrics(RunConfig config) {
        return StartScores.calibrated(config.prune());
    }

    @Override
    public List<Leg> legs(RunView run) {
        RunConfig.Prune prune = run.config().prune();
        int gated = prune.gatedSteps();
        // The authors' code records each step, and tells nothing of a cluster.
        boolean oneByOne = prune.faithful();
        Leg gates = new Leg.Steps(GATES, 0, gated, Optional.empty(), oneByOne, text(prune, 0));
        String model = RunLayout.model(run.stage());
        if (gated == prune.steps()) {
            return List.of(gates, new Leg.Once(CUT, Work.Kind.BUILD, Optional.empty(), Optional.of(model)));
        }
        Optional<String> cut = Optional.of(RunLayout.of(run.stage()) + "/cut");
        return List.of(
                gates,
                new Leg.Once(CUT, Work.Kind.BUILD, Optional.empty(), cut),
                new Leg.Steps(TEACH, gated, prune.steps(), cut, oneByOne, text(prune, gated)),
                new Leg.Once(FOLD, Work.Kind.BUILD, cut, Optional.of(model)));
    }

    private static Leg.Text text(RunConfig.Prune prune, int from) {
        return new Leg.Text((long) from * prune.batchSize(), prune.batchSize());
    }

    @Override
    public Errand errand(RunView run, Leg leg, Slice slice) {
        Work.Reads reads = Work.Reads.NOTHING.blob(Work.Reads.CALIBRATION, run.calibration());
        return switch (leg.name()) {
            case GATES -> gates(run, (Leg.Steps) leg, slice, reads);
            // Earlier versions had their gates alone to make up for what was gone: they know less than the intact
            // model.
            case TEACH -> Errand.NONE;
            default -> Errand.of(reads.version(run.student()));
        };
    }

    private static Errand gates(RunView run, Leg.Steps leg, Slice slice, Work.Reads reads) {
        RunConfig.Prune prune = run.config().prune();
        TeacherBank bank = TeacherBank.of(run.notes());
        OptionalInt percent = bank.curriculum(prune).teacher(leg.to() - slice.firstStep());
        Optional<BlobRef> teacher = bank.snapshot(percent);
        GateOrder order = new GateOrder(
                Schedule.of(prune).slice(slice.firstStep(), slice.steps()),
                teacher.isPresent() ? percent.getAsInt() : 0);
        return new Errand(reads.blob(GateOrder.TEACHER, teacher), order.json());
    }

    /** Which student versions join the bank. */
    @Override
    public List<Note> merged(RunView before, Leg leg, Slice slice, WorkResult result, Optional<BlobRef> version) {
        if (!leg.name().equals(GATES)) {
            return List.of();
        }
        StageRecord record = before.record().orElseThrow();
        Curriculum curriculum =
                TeacherBank.of(before.notes()).curriculum(before.config().prune());
        int remaining = ((Leg.Steps) leg).to() - record.steps();
        Optional<BlobRef> snapshot = record.student();
        double sparsity = record.sparsity();
        if (!curriculum.recordsTheStart()) {
            remaining -= slice.steps();
            snapshot = version;
            sparsity = result.expectedSparsity();
        }
        return snapshot.isEmpty()
                ? List.of()
                : TeacherBank.notes(curriculum, curriculum.record(sparsity, remaining), snapshot.get());
    }

    @Override
    public Map<String, Double> learningRates(RunConfig config) {
        RunConfig.LearningRates rates = config.prune().learningRate();
        Map<String, Double> constant = new TreeMap<>(Map.of("masks", rates.masks()));
        if (config.prune().faithful()) {
            constant.put("multipliers", rates.multipliers());
        }
        return constant;
    }

    /** A teacher each {@code prune.curriculum.interval} per cent. */
    @Override
    public int keeps(RunConfig config) {
        RunConfig.Prune prune = config.prune();
        return Math.toIntExact(
                Math.round(100 * prune.sparsity() / prune.curriculum().interval()));
    }
}
