package dev.espalier.worker.nuteprune;

import dev.espalier.protocol.config.RunConfig.Gates;

/**
 * How chance leaves the gates: logits are divided by a temperature that falls geometrically from the first to the last
 * value until {@code hardenAt}, and from there on gates are deterministic, so that LoRA adapts to the masks that stay.
 * The hard-concrete's own beta does not do that: it makes samples harder, not less random.
 */
record GateSchedule(Gates gates, int totalSteps) {

    double temperature(int step) {
        double progress = Math.min(1, step / Math.max(1, gates.hardenAt() * totalSteps));
        return gates.temperature() * Math.pow(gates.finalTemperature() / gates.temperature(), progress);
    }

    boolean hard(int step) {
        return step >= gates.hardenAt() * totalSteps;
    }
}
