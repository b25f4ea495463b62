package dev.espalier.methods.layers.work;

import dev.espalier.methods.layers.LayersKeys;
import dev.espalier.worker.work.Bench;
import dev.espalier.worker.work.Legs;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** What workers do where layers are dropped. The legs are those that the policy names. */
public final class LayersWork {
    public static final Legs LEGS = new Legs(
            LayersKeys.NAME,
            Map.of(
                    "look", (bench, first) -> new LookLeg(bench),
                    "loss", (bench, first) -> new LossLeg(bench),
                    "cut", (bench, first) -> new CutLeg(bench)));

    /** What is brought along for the device. */
    public static final List<String> KERNELS = List.of("depth.py");

    private LayersWork() {}

    /** The text that a choice is made on. */
    static int[][] chosenOn(Bench bench) {
        int[][] rows = bench.calibrationRows();
        int count = LayersKeys.of(bench.config()).tokens() / rows[0].length;
        return Arrays.copyOf(rows, Math.max(1, Math.min(rows.length, count)));
    }
}
