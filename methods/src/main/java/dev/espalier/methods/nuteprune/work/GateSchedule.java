package dev.espalier.methods.nuteprune.work;

import dev.espalier.protocol.config.RunConfig.Gates;

/**
 * How chance leaves the gates: logits are divided by a temperature that falls geometrically from the first to the last
 * value until the model is cut. The hard-concrete's own beta does not do that: it makes samples harder, not less random.
 */
record GateSchedule(Gates gates, int gatedSteps) {

    double temperature(int step) {
        double progress = Math.min(1, (double) step / gatedSteps);
        return gates.temperature() * Math.pow(gates.finalTemperature() / gates.temperature(), progress);
    }
}
