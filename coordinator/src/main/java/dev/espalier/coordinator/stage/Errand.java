package dev.espalier.coordinator.stage;

import dev.espalier.protocol.Work;

/**
 * What the work of a leg is given besides what the run knows itself: model, slice, and while it trains, its student.
 *
 * @param order between the two sides of the leg: a JSON object
 */
public record Errand(Work.Reads reads, String order) {
    /** Nothing. */
    public static final Errand NONE = of(Work.Reads.NOTHING);

    public static Errand of(Work.Reads reads) {
        return new Errand(reads, Work.NO_ORDER);
    }
}
