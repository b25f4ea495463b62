package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A coordinator and workers as processes, with certificates from {@code espalier certificates}. */
class TlsTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    @TempDir
    Path folder;

    private static Path ours;
    private NodeGroup nodes;

    /** Once: keys are found in seconds. */
    @BeforeAll
    static void certify(@TempDir Path shared) {
        ours = certificates(shared.resolve("ours"));
    }

    @AfterEach
    void stop() throws IOException {
        if (nodes != null) {
            nodes.close();
        }
    }

    @Test
    @Tag("endurance")
    void whoeverHasNoCertificateOfTheClustersAuthorityStaysOutsideAndTheOthersFinishARun() throws Exception {
        TinyRun tiny = TinyRun.in(folder);
        nodes = new NodeGroup(folder, "tls-test", 1, tls(ours));
        CoordinatorProcess coordinator = nodes.coordinator(0);
        String url = "https://localhost:" + coordinator.url().getPort();
        Eventually.holds(LONG, () -> remote("ls", url).code() == 0);

        NodeProcessHandle plain = nodes.worker("plain");
        // It would believe the others, but shows them what another authority signed.
        List<String> stranger = new ArrayList<>(tls(certificates(folder.resolve("theirs"))));
        stranger.set(2, tls(ours).get(2));
        NodeProcessHandle refused = nodes.worker("stranger", stranger.toArray(String[]::new));
        Cli submitted = remote("submit", url, tiny.config(), "--set", "run.name=tiny", "--set", "prune.steps=4");
        assertThat(submitted.code()).as(submitted.err()).isZero();
        // It never sees the run folder: all goes over the data plane.
        List<String> member = new ArrayList<>(tls(ours));
        member.add("see-run-folders=false");
        nodes.worker("member", member.toArray(String[]::new));
        Eventually.holds(
                LONG,
                () -> remote("status", url, "tiny", "--json").out().contains("\"state\" : \"COMPLETED\"")
                        && remote("watch", url, "tiny").code() == 0);

        assertThat(plain.process().isAlive()).isTrue();
        assertThat(plain.readiness()).as("outside").contains(503);
        Eventually.holds(LONG, () -> Files.readString(refused.log()).contains("Couldn't join seed nodes"));
        String printed = Files.readString(coordinator.node().log());
        assertThat(printed).contains("worker member is there").doesNotContain("worker plain", "worker stranger");

        Cli inTheClear = Cli.run("ls", "--url", coordinator.url());
        assertThat(inTheClear.code()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(inTheClear.err()).contains("does it speak https?");
        Cli unbelieving = Cli.run("ls", "--url", url);
        assertThat(unbelieving.code()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(unbelieving.err()).contains("--ca");
    }

    @Test
    void bytesFromStrangersEndAtTheHandshake() throws Exception {
        nodes = new NodeGroup(folder, "tls-strangers", 1, tls(ours));
        CoordinatorProcess coordinator = nodes.coordinator(0);
        String url = "https://localhost:" + coordinator.url().getPort();
        Eventually.holds(LONG, () -> remote("ls", url).code() == 0);
        // The preamble of Artery's control stream, then the length of a frame: -4, 2 GiB, and one that never comes.
        for (String length : List.of("fcffffff", "ffffff7f", "00010000")) {
            byte[] bytes = HexFormat.of().parseHex("414b4b4102" + length);
            for (int times = 0; times < 50; times++) {
                assertThat(isHungUpOn(coordinator.port(), bytes)).as(length).isTrue();
            }
        }
        assertThat(remote("ls", url).code()).isZero();
        assertThat(coordinator.node().process().isAlive()).isTrue();
        assertThat(Files.size(coordinator.node().log()))
                .as("bytes of log after 150 strangers")
                .isLessThan(200_000);
    }

    private static boolean isHungUpOn(int port, byte[] bytes) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout((int) LONG.toMillis());
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
            // An alert may come first.
            socket.getInputStream().readAllBytes();
            return true;
        } catch (SocketException e) {
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        }
    }

    @Test
    void aNodeThatOtherMachinesReachDoesNotStartWithoutTlsUnlessThatIsSaid() {
        for (String node : List.of("coordinator", "worker")) {
            Cli refused = Cli.run(node, "--set", "host=192.0.2.1", "--set", "data=" + folder.resolve(node));
            assertThat(refused.code()).isEqualTo(ExitCode.WRONG_INPUT);
            assertThat(refused.err()).contains("192.0.2.1", "espalier certificates", "tls.off = true");
        }
        Cli both = Cli.run(
                "coordinator", "--set", "tls.off=true", "--set", tls(ours).get(0));
        assertThat(both.code()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(both.err()).contains("TLS is off, and yet there are files for it");
    }

    @Test
    void filesThatCannotBeUsedAreNamed() throws IOException {
        List<Object> broken = new ArrayList<>(List.of("coordinator"));
        Path key = Files.writeString(folder.resolve("broken.key"), "not a key");
        for (String setting : tls(ours)) {
            broken.addAll(List.of("--set", setting.startsWith("tls.key") ? "tls.key=" + key : setting));
        }
        Cli refused = Cli.run(broken.toArray());
        assertThat(refused.code()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(refused.err()).contains("broken.key", "no private key");
        Cli half = Cli.run("coordinator", "--set", "tls.key=" + key);
        assertThat(half.code()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(half.err()).contains("TLS needs all three");
    }

    private static Path certificates(Path made) {
        Cli cli = Cli.run("certificates", made);
        assertThat(cli.code()).as(cli.err()).isZero();
        return made;
    }

    private static List<String> tls(Path folder) {
        return List.of(
                "tls.certificate=" + folder.resolve("node.pem"),
                "tls.key=" + folder.resolve("node.key"),
                "tls.ca=" + folder.resolve("ca.pem"));
    }

    private Cli remote(String command, String url, Object... arguments) {
        List<Object> all = new ArrayList<>(List.of(command, "--url", url, "--ca", ours.resolve("ca.pem")));
        all.addAll(List.of(arguments));
        return Cli.run(all.toArray());
    }
}
