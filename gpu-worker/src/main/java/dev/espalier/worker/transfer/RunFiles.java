package dev.espalier.worker.transfer;

import dev.espalier.protocol.Artefact;
import dev.espalier.protocol.Assignment;
import dev.espalier.protocol.BlobRef;
import dev.espalier.protocol.files.AtomicFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The files of one run as a worker sees them, wherever they really are. */
public interface RunFiles extends AutoCloseable {

    /** Finds the files of the run that an assignment belongs to. */
    interface Opener {
        RunFiles open(Assignment assignment) throws IOException;
    }

    /** The run folder, or a folder of the worker's own in its place. */
    Path directory();

    /** The blob's file here, its length checked: for what was verified when it came. */
    Path path(BlobRef blob) throws IOException;

    /** The blob's file here, its length and its hash checked. */
    Path verify(BlobRef blob) throws IOException;

    /** Makes a blob of what {@code writer} leaves in the file it is given; on return the coordinator has it. */
    BlobRef put(AtomicFiles.Writer writer) throws IOException;

    /**
     * Makes files of earlier stages be there below {@link #directory()}, verified. Work begins with it: blobs that were
     * asked for before it need not stay, those that are asked for afterwards do.
     */
    void fetch(List<Artefact> artefacts) throws IOException;

    /** Hands files below {@link #directory()} over; on return the coordinator has them. */
    void deliver(List<Artefact> artefacts) throws IOException;

    /** Forgets what is only here. */
    @Override
    void close() throws IOException;
}
