package dev.espalier.cli;

import java.io.PrintWriter;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Says, when the process is ended by a signal, how the run goes on. Nothing needs saving at that moment: a run
 * survives a kill at any instant.
 */
final class Interruption {
    private final AtomicBoolean over = new AtomicBoolean();

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
        }
    }

    /** The run has ended by itself. */
    void tooLate() {
        over.set(true);
    }
}
