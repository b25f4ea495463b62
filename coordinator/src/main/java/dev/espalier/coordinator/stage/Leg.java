package dev.espalier.coordinator.stage;

import dev.espalier.protocol.Work;
import java.util.Optional;

/** A part of a stage. One begins when all before it are merged. */
public sealed interface Leg {
    /** By which journals, workers and people know it; each of a stage has another. */
    String name();

    /** Folder of the smaller model that its work reads, relative to the run folder; empty: the intact one. */
    Optional<String> model();

    /**
     * Steps {@code from .. to - 1} of the stage, which train one model. They are handed out in slices.
     *
     * @param oneByOne one step a slice, and never two at a time
     */
    record Steps(String name, int from, int to, Optional<String> model, boolean oneByOne) implements Leg {}

    /**
     * Work that one worker does at once.
     *
     * @param writes folder of the model that it makes; empty: it makes none
     */
    record Once(String name, Work.Kind kind, Optional<String> model, Optional<String> writes) implements Leg {}
}
