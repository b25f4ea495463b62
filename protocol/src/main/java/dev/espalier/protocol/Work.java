package dev.espalier.protocol;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What an assignment asks for. Workers carry no policy: everything that varies during a run stands here.
 *
 * @param kind all that a run must know of it
 * @param leg the part of the stage that it belongs to, by which the worker knows what to do; of a piece, a slash and its
 *     number follow
 * @param slice what it covers; of work that is not in steps, 0 of them. Its lane and its base are the run's own business
 * @param until the step of the stage at which this leg ends; 0 for work that is not in steps
 * @param writes folder of the model that it makes, relative to the run folder; empty: it makes none
 * @param order what the leg's two sides say to each other: a JSON object; {@code "{}"} if nothing
 */
public record Work(Kind kind, String leg, Slice slice, int until, Reads reads, Optional<String> writes, String order) {
    /** Nothing to be said. */
    public static final String NO_ORDER = "{}";

    /** Stands between a leg and the number of its piece. */
    public static final String PIECE = "/";

    public enum Kind {
        /** Steps that return the student as they left it. */
        TRAIN,
        /** Steps that return what they measured, of which the coordinator makes the next version of what is learnt. */
        SAMPLE,
        /** Leaves files: a model's folder, or if it {@link #writes} none, a blob. */
        BUILD,
        /** Leaves numbers only. */
        MEASURE
    }

    /**
     * What it starts from.
     *
     * @param version the student version to go on from; empty: start a fresh one
     * @param moments the student version whose optimizer moments to go on with, if they are not those of
     *     {@code version}: what a merge of several students left has none
     * @param blobs others, by the names that the leg gives them
     * @param model folder of a smaller model, relative to the run folder; empty: the intact one
     * @param base folder of the model that stands for the intact one, as in later rounds of pruning; empty: itself
     */
    public record Reads(
            Optional<BlobRef> version,
            Optional<BlobRef> moments,
            Map<String, BlobRef> blobs,
            Optional<String> model,
            Optional<String> base) {
        public static final Reads NOTHING =
                new Reads(Optional.empty(), Optional.empty(), Map.of(), Optional.empty(), Optional.empty());

        /** What the calibrate stage left. */
        public static final String CALIBRATION = "calibration";

        public Reads {
            blobs = Map.copyOf(blobs);
        }

        public Reads version(Optional<BlobRef> newest) {
            return new Reads(newest, moments, blobs, model, base);
        }

        public Reads moments(Optional<BlobRef> others) {
            return new Reads(version, others, blobs, model, base);
        }

        public Reads model(Optional<String> folder) {
            return new Reads(version, moments, blobs, folder, base);
        }

        public Reads base(Optional<String> folder) {
            return new Reads(version, moments, blobs, model, folder);
        }

        /** Folders of models. */
        public List<String> folders() {
            return Stream.of(model, base).flatMap(Optional::stream).toList();
        }

        /** Nothing new if there is no such blob. */
        public Reads blob(String name, Optional<BlobRef> blob) {
            Map<String, BlobRef> more = new TreeMap<>(blobs);
            blob.ifPresent(ref -> more.put(name, ref));
            return new Reads(version, moments, more, model, base);
        }

        public Optional<BlobRef> blob(String name) {
            return Optional.ofNullable(blobs.get(name));
        }
    }

    /** Steps of training. */
    public static Work train(String leg, Slice slice, int until, Reads reads, String order) {
        return new Work(Kind.TRAIN, leg, slice, until, reads, Optional.empty(), order);
    }

    /** Steps of measuring what the coordinator learns from. */
    public static Work sample(String leg, Slice slice, int until, Reads reads, String order) {
        return new Work(Kind.SAMPLE, leg, slice, until, reads, Optional.empty(), order);
    }

    /** Work that is not in steps. */
    public static Work once(Kind kind, String leg, Reads reads, Optional<String> writes) {
        return new Work(kind, leg, Slice.NONE, 0, reads, writes, NO_ORDER);
    }

    /** The leg without the number of the piece. */
    public String part() {
        return leg.split(PIECE, 2)[0];
    }

    /** Whether it takes steps of what is learnt. */
    public boolean inSteps() {
        return kind == Kind.TRAIN || kind == Kind.SAMPLE;
    }

    /** Steps that it takes; 0 if it is not {@link #inSteps}. */
    public int steps() {
        return inSteps() ? slice.steps() : 0;
    }
}
