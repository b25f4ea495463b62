package dev.espalier.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.List;

/** {@code espalier COMMAND} under a supervisor that starts it again whenever it ends, as containers are. */
final class SupervisedNode {
    private final List<String> prefix;
    private final Path log;
    private final Object[] arguments;
    private NodeProcessHandle running;
    private boolean closed;
    private int starts;

    private SupervisedNode(List<String> prefix, Path log, Object... arguments) {
        this.prefix = prefix;
        this.log = log;
        this.arguments = arguments;
    }

    static SupervisedNode start(Path log, Object... arguments) throws IOException {
        return start(List.of(), log, arguments);
    }

    /** @param prefix a command that starts it, such as one that enters a network namespace */
    static SupervisedNode start(List<String> prefix, Path log, Object... arguments) throws IOException {
        SupervisedNode node = new SupervisedNode(prefix, log, arguments);
        node.startAgain();
        return node;
    }

    private synchronized void startAgain() throws IOException {
        if (closed) {
            return;
        }
        starts++;
        running = NodeProcessHandle.start(prefix, Redirect.appendTo(log.toFile()), log, arguments);
        var unused = running.process().onExit().thenRun(() -> {
            try {
                startAgain();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** As {@code kill -9}: the supervisor starts another. */
    synchronized void kill() {
        running.process().destroyForcibly();
    }

    /** How often it was started. */
    synchronized int starts() {
        return starts;
    }

    /** Kills it for good. */
    void stop() throws InterruptedException {
        NodeProcessHandle last;
        synchronized (this) {
            closed = true;
            last = running;
        }
        last.kill();
    }
}
