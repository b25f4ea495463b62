package dev.espalier.methods.sheared;

import java.util.OptionalInt;

/** {@code prune.sheared.shape}: what is absent is the model's, or follows from a number of parameters. */
public record Wanted(
        OptionalInt layers, OptionalInt hidden, OptionalInt heads, OptionalInt kvHeads, OptionalInt intermediate) {
    public boolean isNothing() {
        return equals(new Wanted(
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalInt.empty()));
    }
}
