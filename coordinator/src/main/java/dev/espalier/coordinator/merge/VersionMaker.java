package dev.espalier.coordinator.merge;

import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.config.RunConfig;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Makes versions of what is learnt from what workers measured of it, where they return numbers and no students. A function
 * of what it is given alone, so that a version can be made again.
 */
@FunctionalInterface
public interface VersionMaker {
    /**
     * What a slice came to.
     *
     * @param config as its stage sees it
     * @param slice with its place in the stage and in the texts
     * @param measurements that the worker returned, a JSON object
     * @param base the version that it measured; a file
     * @param newest the version that the next one follows, the same file if nothing else was merged meanwhile
     * @param staleness versions between the two
     */
    record Measured(
            RunConfig config, Stage stage, Slice slice, String measurements, Path base, Path newest, int staleness) {}

    /**
     * Writes the next version.
     *
     * @throws IllegalArgumentException if the measurements are not what the slice was to measure
     * @throws IOException if our own files cannot be read or written
     */
    void make(Measured measured, Path next) throws IOException;
}
