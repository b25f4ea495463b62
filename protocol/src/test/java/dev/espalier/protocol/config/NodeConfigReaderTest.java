package dev.espalier.protocol.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.UserError;
import dev.espalier.protocol.node.CoordinatorConfig;
import dev.espalier.protocol.node.NodeAddress;
import dev.espalier.protocol.node.NodeConfig;
import dev.espalier.protocol.node.WorkerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NodeConfigReaderTest {
    @TempDir
    Path folder;

    @Test
    void withoutAFileAllIsAsDocumented() {
        CoordinatorConfig coordinator = NodeConfigReader.coordinator(Optional.empty(), List.of());
        assertThat(coordinator.node().address()).isEqualTo(new NodeAddress("127.0.0.1", 7701));
        assertThat(coordinator.node().coordinators()).isEmpty();
        assertThat(coordinator.node().quorum()).isEqualTo(1);
        assertThat(coordinator.data()).isEqualTo(Path.of("espalier-data").toAbsolutePath());
        WorkerConfig worker = NodeConfigReader.worker(Optional.empty(), List.of());
        assertThat(worker.node().address().port()).as("any that is free").isZero();
        assertThat(worker.node().coordinators()).containsExactly(new NodeAddress("127.0.0.1", 7701));
    }

    @Test
    void theCommandLineBeatsTheFileAndTheFileBeatsTheRest() throws IOException {
        Path file = Files.writeString(
                folder.resolve("worker.conf"), "host = node-1, name = one, coordinators = \"a:1, b:2\", quorum = 2");
        WorkerConfig config = NodeConfigReader.worker(Optional.of(file), List.of("name=two"));
        assertThat(config.name()).isEqualTo("two");
        assertThat(config.node().address().host()).isEqualTo("node-1");
        assertThat(config.node().coordinators()).containsExactly(new NodeAddress("a", 1), new NodeAddress("b", 2));
        assertThat(config.node().quorum()).isEqualTo(2);
    }

    @Test
    void tlsIsForHttpAsWellUnlessThatIsLeftOut() {
        List<String> files = List.of("tls.certificate=a.pem", "tls.key=a.key", "tls.ca=ca.pem");
        assertThat(NodeConfigReader.worker(Optional.empty(), files)
                        .node()
                        .tls()
                        .orElseThrow()
                        .http())
                .isTrue();
        List<String> clusterOnly = new ArrayList<>(files);
        clusterOnly.add("tls.http=false");
        assertThat(NodeConfigReader.worker(Optional.empty(), clusterOnly)
                        .node()
                        .tls()
                        .orElseThrow()
                        .http())
                .isFalse();
        NodeConfig open = NodeConfigReader.worker(Optional.empty(), List.of("tls.off=true"))
                .node();
        assertThat(open.open()).isTrue();
        assertThat(open.tls()).isEmpty();
        clusterOnly.add("tls.off=true");
        assertThatThrownBy(() -> NodeConfigReader.worker(Optional.empty(), clusterOnly))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("tls.off");
    }

    @Test
    void relativePathsAreResolvedAgainstTheirFile() throws IOException {
        Path file = Files.writeString(folder.resolve("coordinator.conf"), "data = state");
        assertThat(NodeConfigReader.coordinator(Optional.of(file), List.of()).data())
                .isEqualTo(folder.resolve("state"));
    }

    @Test
    void anUnknownKeyIsRefusedWithTheNearest() {
        assertThatThrownBy(() -> NodeConfigReader.worker(Optional.empty(), List.of("coordinator=a:1")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("unknown key")
                .hasMessageContaining("coordinators");
    }

    @ParameterizedTest
    @ValueSource(strings = {"nowhere", "a:", ":7701", "a:70000", "a:1,,b:2", "a/b:1", "a:1 b:2", "a_b:1"})
    void whatIsNoAddressIsRefused(String coordinators) {
        assertThatThrownBy(() -> NodeConfigReader.worker(Optional.empty(), List.of("coordinators=" + coordinators)))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("HOST:PORT");
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpu_1", "a b", "a/b", "::1"})
    void aHostByWhichNodesCannotReachEachOtherIsRefused(String host) {
        assertThatThrownBy(() -> NodeConfigReader.worker(Optional.empty(), List.of("host=\"" + host + "\"")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining(host)
                .hasMessageContaining("write a host name");
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "[::1]", "gpu-1.example.org", "3f2a9c1b77d0"})
    void namesAndAddressesByWhichNodesReachEachOtherAreTaken(String host) {
        assertThat(NodeConfigReader.worker(Optional.empty(), List.of("host=\"" + host + "\""))
                        .node()
                        .address()
                        .host())
                .isEqualTo(host);
    }

    @Test
    void severalCoordinatorsNeedAJournalThatTheyShare() {
        List<String> three = List.of("coordinators=\"a:1,b:1,c:1\"", "quorum=2");
        assertThatThrownBy(() -> NodeConfigReader.coordinator(Optional.empty(), three))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("ESPALIER_JOURNAL_URL");
        List<String> shared = new ArrayList<>(three);
        shared.add("journal.url=\"jdbc:postgresql://d/runs\"");
        assertThat(NodeConfigReader.coordinator(Optional.empty(), shared)
                        .journal()
                        .url())
                .contains("jdbc:postgresql://d/runs");
    }

    @ParameterizedTest
    @CsvSource({"a:1;b:1, 1, write 2; three coordinators", "a:1;b:1;c:1, 1, write 2", "a:1;b:1;c:1;d:1, 2, write 3"})
    void aQuorumThatTwoHalvesCouldHaveIsRefused(String coordinators, int quorum, String remedy) {
        List<String> set = List.of(
                "coordinators=\"" + coordinators.replace(';', ',') + "\"", "quorum=" + quorum, "journal.url=\"x\"");
        assertThatThrownBy(() -> NodeConfigReader.coordinator(Optional.empty(), set))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("quorum")
                .hasMessageContaining("more than half")
                .hasMessageContaining(remedy);
    }

    @Test
    void severalProblemsAreToldInOneGo() {
        assertThatThrownBy(() -> NodeConfigReader.coordinator(
                        Optional.empty(), List.of("port=0", "quorum=many", "http.port=-1")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("port = ")
                .hasMessageContaining("quorum")
                .hasMessageContaining("http.port");
    }
}
