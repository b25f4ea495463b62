package dev.espalier.cli;

import java.io.IOException;
import java.io.UncheckedIOException;

/** A process that is started again whenever it ends, as {@code restart: unless-stopped} has it for containers. */
public final class SupervisedProcess {
    /** Starts it once. */
    public interface Starter {
        Process start() throws IOException;
    }

    private final Starter starter;
    private Process running;
    private boolean stopped;
    private int starts;

    private SupervisedProcess(Starter starter) {
        this.starter = starter;
    }

    public static SupervisedProcess start(Starter starter) throws IOException {
        SupervisedProcess process = new SupervisedProcess(starter);
        process.startAgain();
        return process;
    }

    private synchronized void startAgain() throws IOException {
        if (stopped) {
            return;
        }
        starts++;
        running = starter.start();
        var unused = running.onExit().thenRun(() -> {
            try {
                startAgain();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** As {@code kill -9}; it is started again. */
    public synchronized void kill() {
        running.destroyForcibly();
    }

    /** How often it was started. */
    public synchronized int starts() {
        return starts;
    }

    /** No process follows the one that is returned, which runs on. */
    public synchronized Process release() {
        stopped = true;
        return running;
    }
}
