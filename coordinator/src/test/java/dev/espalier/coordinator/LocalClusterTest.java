package dev.espalier.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.typed.Cluster;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class LocalClusterTest {
    private static final Pattern LISTENING =
            Pattern.compile("^\\s*\\d+: \\S+ \\S+ 0A (?:\\S+ ){3}\\s*\\d+\\s+\\d+ (\\d+) .*$", Pattern.MULTILINE);

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
