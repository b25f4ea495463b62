package dev.espalier.cli;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.List;

/** {@code espalier COMMAND} under a supervisor. */
final class SupervisedNode {
    private final SupervisedProcess process;

    private SupervisedNode(SupervisedProcess process) {
        this.process = process;
    }

    static SupervisedNode start(Path log, Object... arguments) throws IOException {
        return start(List.of(), log, arguments);
    }

    /** @param prefix a command that starts it, such as one that enters a network namespace */
    static SupervisedNode start(List<String> prefix, Path log, Object... arguments) throws IOException {
        return new SupervisedNode(SupervisedProcess.start(
                () -> NodeProcessHandle.start(prefix, Redirect.appendTo(log.toFile()), log, arguments)
                        .process()));
    }

    /** As {@code kill -9}: the supervisor starts another. */
    void kill() {
        process.kill();
    }

    /** How often it was started. */
    int starts() {
        return process.starts();
    }

    /** Kills it for good. */
    void stop() throws InterruptedException {
        process.release().destroyForcibly().waitFor();
    }
}
