package dev.espalier.worker.model;

import dev.espalier.worker.checkpoint.Dtype;

/** libtorch's numbers for the types that checkpoints store. */
final class ScalarTypes {
    private ScalarTypes() {}

    static int of(Dtype dtype) {
        return switch (dtype) {
            case F32 -> 6;
            case F16 -> 5;
            case BF16 -> 15;
            default -> throw new IllegalArgumentException("weights are never " + dtype);
        };
    }
}
