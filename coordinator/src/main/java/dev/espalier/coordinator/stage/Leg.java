package dev.espalier.coordinator.stage;

import dev.espalier.coordinator.merge.VersionMaker;
import dev.espalier.protocol.BlobRef;
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
     * @param text what they read
     * @param sampling how the coordinator learns from what they measure; empty: workers train, and return students
     */
    record Steps(
            String name,
            int from,
            int to,
            Optional<String> model,
            boolean oneByOne,
            Text text,
            Optional<Sampling> sampling)
            implements Leg {
        /** Of training. */
        public Steps(String name, int from, int to, Optional<String> model, boolean oneByOne, Text text) {
            this(name, from, to, model, oneByOne, text, Optional.empty());
        }

        /** Sequences of text before the step, as long as the shares of the texts stay as they are. */
        public long sequence(int step) {
            return text.first() + (long) (step - from) * text.perStep();
        }
    }

    /**
     * The training text of a leg.
     *
     * @param first sequences that were taken before it
     * @param perStep sequences that a step takes
     */
    record Text(long first, int perStep) {
        /** Of legs that read none. */
        public static final Text NONE = new Text(0, 0);

        public boolean isNone() {
            return perStep == 0;
        }
    }

    /**
     * What is learnt without training.
     *
     * @param start the version that it begins with, which a part before left; empty until then
     * @param maker of the next versions
     */
    record Sampling(Optional<BlobRef> start, VersionMaker maker) {}

    /**
     * Work that one worker does at once.
     *
     * @param writes folder of the model that it makes; empty: it makes none
     */
    record Once(String name, Work.Kind kind, Optional<String> model, Optional<String> writes) implements Leg {}

    /**
     * A measurement that needs none of those beside it: pieces that follow each other are handed out at the same time, to as
     * many workers as there are, and may return in any order.
     *
     * @param of which part of the stage it is a piece of: what workers know it by
     * @param number of the piece, another for each piece of a part
     */
    record Piece(String of, int number, Optional<String> model) implements Leg {
        @Override
        public String name() {
            return of + Work.PIECE + number;
        }
    }
}
