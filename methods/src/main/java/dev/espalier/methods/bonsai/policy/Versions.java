package dev.espalier.methods.bonsai.policy;

import dev.espalier.coordinator.merge.VersionMaker;
import dev.espalier.methods.bonsai.rounds.Course;
import dev.espalier.methods.bonsai.rounds.Progress;
import dev.espalier.methods.bonsai.rounds.ProgressFile;
import dev.espalier.methods.masked.Losses;
import java.nio.file.Path;
import java.util.List;

/**
 * The progress after a slice. Its steps are learnt from once more from the version that the worker had, which tells beside which
 * units each was measured: losses count if these are there in the newest version, too, and otherwise are passed over.
 */
record Versions() implements VersionMaker {

    @Override
    public void make(Measured measured, Path next) {
        List<Losses.OfStep> losses = Losses.read(measured.measurements());
        int steps = measured.slice().steps();
        if (losses.size() != steps) {
            throw new IllegalArgumentException(losses.size() + " steps instead of " + steps);
        }
        Course course = Course.of(measured.config(), measured.stage());
        Progress worker = ProgressFile.read(measured.base());
        Progress newest = ProgressFile.read(measured.newest());
        for (int i = 0; i < steps; i++) {
            int step = measured.slice().firstStep() + i;
            float[] masks = losses.get(i).masks();
            boolean counts = worker.isBeside(newest);
            worker = worker.learnt(course, step, masks);
            newest = counts ? newest.learnt(course, step, masks) : newest.passedOver();
        }
        ProgressFile.write(next, newest);
    }
}
