package dev.espalier.cli;

import java.util.concurrent.CountDownLatch;

/** The process of a node: it ends when the node has left the cluster, and the node's own shutdown ends it. */
final class NodeProcess {
    private NodeProcess() {}

    /** Never returns: {@code exit-jvm} decides on the exit code, which this thread must not forestall. */
    static int untilItEnds() throws InterruptedException {
        new CountDownLatch(1).await();
        return ExitCode.DONE;
    }
}
