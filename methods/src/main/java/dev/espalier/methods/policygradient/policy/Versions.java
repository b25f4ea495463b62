package dev.espalier.methods.policygradient.policy;

import dev.espalier.coordinator.merge.VersionMaker;
import dev.espalier.methods.masked.Losses;
import dev.espalier.methods.policygradient.distribution.Distribution;
import dev.espalier.methods.policygradient.distribution.DistributionFile;
import java.nio.file.Path;
import java.util.List;

/**
 * The distribution after a slice: its steps are learnt from once more, as the worker did that measured them, so that with one
 * worker both have the same bits. What comes late was learnt from an older version, and moves the newest as it moved that: a
 * loss's derivative by a probability does not depend on that probability (docs/methods/policy-gradient.md).
 */
record Versions() implements VersionMaker {

    @Override
    public void make(Measured measured, Path next) {
        List<Losses.OfStep> losses = Losses.read(measured.measurements());
        int first = measured.slice().firstStep();
        int steps = measured.slice().steps();
        if (losses.size() != steps) {
            throw new IllegalArgumentException(losses.size() + " steps instead of " + steps);
        }
        Distribution.Course course = Distribution.Course.of(measured.config(), measured.stage());
        Distribution base = DistributionFile.read(measured.base());
        Distribution learnt = base;
        for (int i = 0; i < steps; i++) {
            learnt = learnt.learnt(course, first + i, losses.get(i));
        }
        if (!measured.base().equals(measured.newest())) {
            learnt = DistributionFile.read(measured.newest()).with(base, learnt, course, first, steps);
        }
        DistributionFile.write(next, learnt);
    }
}
