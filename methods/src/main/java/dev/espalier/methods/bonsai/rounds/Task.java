package dev.espalier.methods.bonsai.rounds;

import dev.espalier.methods.masked.Layout;
import java.util.Arrays;

/**
 * What shall go.
 *
 * @param layout of the units
 * @param groups the group of each part
 * @param remove what shall go of each group, at the units' costs
 * @param costs of each unit; 0: it is gone already
 * @param worth of each unit, by a metric: comparable within a group
 */
public record Task(Layout layout, int[] groups, double[] remove, float[] costs, float[] worth) {

    public int units() {
        return costs.length;
    }

    /** The part of each unit. */
    int[] parts() {
        int[] parts = new int[units()];
        int[] place = {0};
        layout.forEach((part, from) -> {
            Arrays.fill(parts, from, from + part.units(), place[0]);
            place[0]++;
        });
        return parts;
    }
}
