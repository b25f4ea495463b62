package dev.espalier.coordinator.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.coordinator.folder.DiskWork;
import dev.espalier.protocol.files.AtomicFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.pekko.Done;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.typed.Cluster;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class LocalClusterTest {
    private static final Pattern LISTENING =
            Pattern.compile("^\\s*\\d+: \\S+ \\S+ 0A (?:\\S+ ){3}\\s*\\d+\\s+\\d+ (\\d+) .*$", Pattern.MULTILINE);

    /** Writing them takes longer than closing anything. */
    private static final int FILES = 300;

    @TempDir
    Path folder;

    @Test
    @EnabledOnOs(OS.LINUX)
    void aClusterInsideOneProcessOpensNoPort() throws Exception {
        Set<String> before = listening();
        try (LocalCluster cluster = LocalCluster.start(folder)) {
            CountDownLatch up = new CountDownLatch(1);
            org.apache.pekko.cluster.Cluster.get(cluster.system().classicSystem())
                    .registerOnMemberUp(up::countDown);
            assertThat(up.await(60, TimeUnit.SECONDS)).isTrue();
            Member self = Cluster.get(cluster.system()).selfMember();
            assertThat(self.address()).hasToString("pekko.tcp://espalier@here:1");
            assertThat(listening()).isEqualTo(before);
        }
    }

    @Test
    void aClusterIsClosedWhenWhatItWritesIsWritten() throws Exception {
        LocalCluster cluster = LocalCluster.start(folder);
        CountDownLatch stopped = new CountDownLatch(1);
        cluster.system().getWhenTerminated().thenAccept(done -> stopped.countDown());
        writeAfter(stopped, DiskWork.of(cluster.system()));
        cluster.close();
        assertThat(folder.resolve("file-" + FILES)).exists();
    }

    @Test
    void aCoordinatedShutdownEndsWhenWhatIsWrittenIsWritten() throws Exception {
        try (LocalCluster cluster = LocalCluster.start(folder)) {
            CountDownLatch left = new CountDownLatch(1);
            CoordinatedShutdown shutdown = CoordinatedShutdown.get(cluster.system());
            shutdown.addTask(CoordinatedShutdown.PhaseClusterExitingDone(), "left", () -> {
                left.countDown();
                return CompletableFuture.completedFuture(Done.getInstance());
            });
            writeAfter(left, DiskWork.of(cluster.system()));
            shutdown.runAll(CoordinatedShutdown.actorSystemTerminateReason())
                    .toCompletableFuture()
                    .get(60, TimeUnit.SECONDS);
            assertThat(folder.resolve("file-" + FILES)).exists();
        }
    }

    /** Files one after the other, each a piece of work that the one before it leads to. */
    private void writeAfter(CountDownLatch gate, DiskWork disk) {
        CompletableFuture<Void> written = CompletableFuture.runAsync(() -> await(gate), disk);
        for (int i = 1; i <= FILES; i++) {
            Path file = folder.resolve("file-" + i);
            written = written.thenRunAsync(() -> write(file), disk);
        }
    }

    private static void await(CountDownLatch gate) {
        try {
            gate.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void write(Path file) {
        try {
            AtomicFiles.write(file, new byte[1]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sockets of this process that wait for connections. */
    private static Set<String> listening() throws IOException {
        Set<String> mine = new TreeSet<>();
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            for (Path file : files.toList()) {
                if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                    mine.add(Files.readSymbolicLink(file).toString().replaceAll("^socket:\\[|\\]$", ""));
                }
            }
        }
        Set<String> open = Stream.of("/proc/self/net/tcp", "/proc/self/net/tcp6")
                .flatMap(table -> LISTENING.matcher(read(table)).results())
                .map(line -> line.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
        open.retainAll(mine);
        return open;
    }

    private static String read(String table) {
        try {
            return Files.readString(Path.of(table));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
