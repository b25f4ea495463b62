package dev.espalier.cli;

import com.sun.jna.Function;
import com.sun.jna.Platform;
import java.io.PrintWriter;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Says, when the process is ended by a signal, how the run goes on, and ends it. Nothing needs saving at that moment: a
 * run survives a kill at any instant. An orderly end would do harm: libtorch's own takes away under the thread that
 * computes what it computes with, and a process that dies of that may hang, with the run's folder locked.
 */
final class Interruption {
    /** As a shell tells of an interrupted command. */
    static final int EXIT_CODE = 130;

    private final AtomicBoolean over = new AtomicBoolean();
    private final Function exit = Function.getFunction(Platform.C_LIBRARY_NAME, "_exit");

    private Interruption() {}

    static Interruption announce(PrintWriter err) {
        Interruption interruption = new Interruption();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> interruption.tell(err), "interruption"));
        return interruption;
    }

    private void tell(PrintWriter err) {
        if (!over.get()) {
            err.println();
            err.println("espalier: interrupted; the same command again goes on from here");
            err.flush();
            exit.invokeVoid(new Object[] {EXIT_CODE});
        }
    }

    /** The run has ended by itself. */
    void tooLate() {
        over.set(true);
    }
}
