package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A coordinator and workers as processes, with certificates from the script that the documentation names. */
class TlsTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    @TempDir
    Path folder;

    private Path ours;
    private NodeGroup nodes;

    @BeforeEach
    void certify() throws Exception {
        boolean openssl = Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(place -> Files.isExecutable(Path.of(place, "openssl")));
        assumeTrue(openssl || System.getenv("ESPALIER_REQUIRE_TOOLS") != null, "no openssl on the PATH");
        ours = certificates("ours");
    }

    @AfterEach
    void stop() throws IOException {
        if (nodes != null) {
            nodes.close();
        }
    }

    @Test
    void whoeverHasNoCertificateOfTheClustersAuthorityStaysOutsideAndTheOthersFinishARun() throws Exception {
        TinyRun tiny = TinyRun.in(folder);
        nodes = new NodeGroup(folder, "tls-test", 1, tls(ours));
        CoordinatorProcess coordinator = nodes.coordinator(0);
        String url = "https://localhost:" + coordinator.url().getPort();
        Eventually.holds(LONG, () -> remote("ls", url).code() == 0);

        NodeProcessHandle plain = nodes.worker("plain");
        // It would believe the others, but shows them what another authority signed.
        List<String> stranger = new ArrayList<>(tls(certificates("theirs")));
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

    private Path certificates(String name) throws IOException, InterruptedException {
        Path made = folder.resolve(name);
        Process script = new ProcessBuilder("../docs/make-test-certificates", made.toString(), "localhost")
                .inheritIO()
                .start();
        assertThat(script.waitFor()).isZero();
        return made;
    }

    private static List<String> tls(Path folder) {
        return List.of(
                "tls.certificate=" + folder.resolve("localhost.pem"),
                "tls.key=" + folder.resolve("localhost.key"),
                "tls.ca=" + folder.resolve("ca.pem"));
    }

    private Cli remote(String command, String url, Object... arguments) {
        List<Object> all = new ArrayList<>(List.of(command, "--url", url, "--ca", ours.resolve("ca.pem")));
        all.addAll(List.of(arguments));
        return Cli.run(all.toArray());
    }
}
