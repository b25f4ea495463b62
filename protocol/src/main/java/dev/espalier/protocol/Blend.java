package dev.espalier.protocol;

import java.util.Optional;

/**
 * A student version that several workers' results made.
 *
 * @param student the version: trainables without optimizer moments
 * @param outer the outer optimizer's momentum after it; empty if there is none
 * @param staleness versions that had been made since the result's base
 */
public record Blend(BlobRef student, Optional<BlobRef> outer, int staleness) {}
