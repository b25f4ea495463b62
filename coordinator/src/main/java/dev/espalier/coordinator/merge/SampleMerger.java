package dev.espalier.coordinator.merge;

import dev.espalier.coordinator.merge.StudentMerger.UnusableResultException;
import dev.espalier.protocol.Blend;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.Slice;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.config.RunConfig;
import dev.espalier.protocol.files.BlobFolder;
import java.io.IOException;
import java.util.Optional;

/**
 * Makes the next version of what workers measured.
 *
 * @param blobs of the run
 */
public record SampleMerger(BlobFolder blobs) {
    /**
     * What to make it of; see {@link VersionMaker.Measured}.
     *
     * @param maker what the leg learns by
     */
    public record Order(
            VersionMaker maker,
            RunConfig config,
            Stage stage,
            Slice slice,
            String measurements,
            BlobRef base,
            BlobRef newest,
            int staleness) {}

    /**
     * The next version, on disk.
     *
     * @throws UnusableResultException if what the worker measured means nothing
     * @throws IOException if our own files cannot be read or written
     */
    public Blend merge(Order order) throws IOException {
        VersionMaker.Measured measured = new VersionMaker.Measured(
                order.config(),
                order.stage(),
                order.slice(),
                order.measurements(),
                blobs.path(order.base()),
                blobs.path(order.newest()),
                order.staleness());
        try {
            BlobRef made = blobs.put(file -> order.maker().make(measured, file));
            return new Blend(made, Optional.empty(), order.staleness());
        } catch (IllegalArgumentException e) {
            throw new UnusableResultException("the worker returned bad measurements: " + e.getMessage());
        }
    }
}
