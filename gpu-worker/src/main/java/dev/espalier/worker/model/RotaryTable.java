package dev.espalier.worker.model;

import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.Rope;
import java.util.ArrayList;
import java.util.List;

/**
 * Cosines and sines of rotary position embedding, in the half-split order of Hugging Face checkpoints: a model's rotations
 * side by side, each as wide as a head.
 */
record RotaryTable(List<Rope> rotations, int headDim, int positions) {

    static RotaryTable of(LlamaConfig config, int positions) {
        List<Rope> rotations = new ArrayList<>(List.of(config.rope()));
        if (config.architecture().localRope() != null) {
            rotations.add(config.architecture().localRope());
        }
        return new RotaryTable(rotations, config.headDim(), positions);
    }

    int width() {
        return rotations.size() * headDim;
    }

    /** [positions, width], row-major; both halves of a rotation's row hold the same angles. */
    float[] cosines() {
        return table(0);
    }

    float[] sines() {
        return table(-Math.PI / 2);
    }

    private float[] table(double phase) {
        float[] out = new float[Math.multiplyExact(positions, width())];
        for (int i = 0; i < rotations.size(); i++) {
            fill(out, i * headDim, rotations.get(i), phase);
        }
        return out;
    }

    private void fill(float[] out, int from, Rope rope, double phase) {
        double[] inverse = rope.inverseFrequencies(headDim);
        int half = inverse.length;
        for (int p = 0; p < positions; p++) {
            for (int i = 0; i < half; i++) {
                // float32 angles, as transformers computes them
                double angle = (float) (p * (double) (float) inverse[i]);
                float value = (float) (Math.cos(angle + phase) * rope.magnitude());
                out[p * width() + from + i] = value;
                out[p * width() + from + half + i] = value;
            }
        }
    }
}
