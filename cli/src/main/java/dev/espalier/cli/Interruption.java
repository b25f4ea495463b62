package dev.espalier.cli;

import com.sun.jna.Function;
import com.sun.jna.Platform;
import java.io.PrintWriter;

/**
 * What happens when a signal ends a command that computes: it says how to go on, and ends at once. Nothing needs saving at
 * that moment, for whatever computes here survives a kill at any instant. An orderly end would do harm: libtorch's own
 * takes away under the thread that computes what it computes with, and a process that dies of that may hang, with its
 * files locked.
 */
public final class Interruption implements AutoCloseable {
    /** As a shell tells of an interrupted command. */
    public static final int EXIT_CODE = 130;

    private static final Function EXIT = Function.getFunction(Platform.C_LIBRARY_NAME, "_exit");

    private final PrintWriter err;
    private final String advice;
    private final Thread hook = new Thread(this::tell, "interruption");
    private volatile Runnable last = () -> {};
    private volatile boolean over;

    private Interruption(PrintWriter err, String advice) {
        this.err = err;
        this.advice = advice;
    }

    /**
     * Until it is closed. It must outlive what computes, and so be the first resource of a try.
     *
     * @param advice how to go on, such as {@code the same command again goes on from here}; empty: there is nothing to say
     */
    public static Interruption announce(PrintWriter err, String advice) {
        Interruption interruption = new Interruption(err, advice);
        Runtime.getRuntime().addShutdownHook(interruption.hook);
        return interruption;
    }

    /** Done last, while other threads still go on. */
    public void last(Runnable cleanup) {
        last = cleanup;
    }

    private void tell() {
        if (!over) {
            err.println();
            err.println("espalier: interrupted" + (advice.isEmpty() ? "" : "; " + advice));
            last.run();
            err.flush();
            endNow(EXIT_CODE);
        }
    }

    /** Ends the process as a kill would: no other thread, no shutdown hook and no library is heard. */
    static void endNow(int code) {
        EXIT.invokeVoid(new Object[] {code});
    }

    /** The command has ended by itself. */
    @Override
    public void close() {
        over = true;
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process is ending already: the hook has seen that it is over, or ends it.
            return;
        }
    }
}
