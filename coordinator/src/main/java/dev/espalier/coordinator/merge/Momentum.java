package dev.espalier.coordinator.merge;

/**
 * What delayed Nesterov remembers between merges.
 *
 * @param velocity the momentum
 * @param pending weighted gradients since it last moved, summed
 * @param merges how many these are
 */
public record Momentum(float[] velocity, float[] pending, int merges) {
    public static Momentum none(int size) {
        return new Momentum(new float[size], new float[size], 0);
    }
}
