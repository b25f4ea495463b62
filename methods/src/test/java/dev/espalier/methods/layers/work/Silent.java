package dev.espalier.methods.layers.work;

import dev.espalier.protocol.StepMetrics;
import dev.espalier.worker.work.Reporter;

/** Tells nobody. */
enum Silent implements Reporter {
    REPORTER;

    @Override
    public void stepped(StepMetrics metrics) {}

    @Override
    public void progressed(long done, long total, String what) {}
}
