package dev.espalier.worker.torch;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The memory of tensors. The launcher has glibc keep what tensors leave for the next ones, since pages that are given
 * back and taken again for every tensor cost a third of a step. Whoever is done with a model gives it back.
 */
public final class NativeHeap {
    private static final Logger LOG = LoggerFactory.getLogger(NativeHeap.class);
    private static final Optional<Function> MALLOC_TRIM = find();

    private NativeHeap() {}

    private static Optional<Function> find() {
        try {
            return Optional.of(NativeLibrary.getProcess().getFunction("malloc_trim"));
        } catch (LinkageError e) {
            // another C library, which has rules of its own
            LOG.debug("no malloc_trim: {}", e.getMessage());
            return Optional.empty();
        }
    }

    /** Gives the system every page that no tensor is on. Does nothing where the C library is not glibc. */
    public static void giveBack() {
        MALLOC_TRIM.ifPresent(trim -> trim.invokeInt(new Object[] {0L}));
    }
}
