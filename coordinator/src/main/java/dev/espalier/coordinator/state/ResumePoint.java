package dev.espalier.coordinator.state;

/**
 * What a stage was when a student version was merged: what it needs to go on from there.
 *
 * @param version the student's
 */
public record ResumePoint(int version, StageRecord record) {
    /** As many as a run may be told to keep students ({@code checkpoint.keep}), besides those that notes name. */
    static final int MOST = 1_000;
}
