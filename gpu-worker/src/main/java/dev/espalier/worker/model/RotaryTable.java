package dev.espalier.worker.model;

/** Cosines and sines of rotary position embedding, in the half-split order of Hugging Face checkpoints. */
final class RotaryTable {
    private RotaryTable() {}

    /** [positions, headDim], row-major; both halves of a row hold the same angles. */
    static float[] cosines(double[] inverse, int positions) {
        return table(inverse, positions, 0);
    }

    static float[] sines(double[] inverse, int positions) {
        return table(inverse, positions, -Math.PI / 2);
    }

    private static float[] table(double[] inverse, int positions, double phase) {
        int half = inverse.length;
        float[] out = new float[positions * 2 * half];
        for (int p = 0; p < positions; p++) {
            for (int i = 0; i < half; i++) {
                // float32 angles, as transformers computes them
                double angle = (float) (p * (double) (float) inverse[i]);
                float value = (float) Math.cos(angle + phase);
                out[p * 2 * half + i] = value;
                out[p * 2 * half + half + i] = value;
            }
        }
        return out;
    }
}
