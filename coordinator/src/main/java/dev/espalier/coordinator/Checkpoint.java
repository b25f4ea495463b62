package dev.espalier.coordinator;

import java.util.List;
import java.util.OptionalInt;

/**
 * What a stage was when a student version was merged: what it needs to go on from there.
 *
 * @param version the student's
 * @param teachers the bank as it was then
 */
public record Checkpoint(int version, StageRecord record, List<TaggedTeacher> teachers, OptionalInt turnedAt) {
    /** As many as a run may be told to keep students ({@code checkpoint.keep}), besides those of teachers. */
    static final int MOST = 1_000;
}
