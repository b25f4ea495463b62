package dev.espalier.methods.nuteprune.policy;

import java.util.List;
import java.util.OptionalInt;

/** The intact model teaches from the first step to the last. */
record IntactCurriculum() implements Curriculum {
    @Override
    public OptionalInt teacher(int remaining) {
        return OptionalInt.empty();
    }

    @Override
    public Curriculum record(double sparsity, int remaining) {
        return this;
    }

    @Override
    public List<Integer> recorded() {
        return List.of();
    }

    @Override
    public OptionalInt turnedAt() {
        return OptionalInt.empty();
    }

    @Override
    public boolean recordsTheStart() {
        return false;
    }
}
