package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificatesTest {
    @TempDir
    static Path original;

    @TempDir
    Path folder;

    private Path made;

    /** Once: keys are found in seconds. */
    @BeforeAll
    static void make() {
        Cli cli = Cli.run("certificates", original, "a", "192.0.2.7");
        assertThat(cli.code()).as(cli.err()).isZero();
        assertThat(cli.out())
                .contains(
                        "made " + original.resolve("node.pem"),
                        "ESPALIER_TLS_CERTIFICATE=" + original.resolve("node.pem"),
                        "ESPALIER_TLS_KEY=" + original.resolve("node.key"),
                        "ESPALIER_TLS_CA=" + original.resolve("ca.pem"));
    }

    @BeforeEach
    void copy() throws IOException {
        made = Files.createDirectory(folder.resolve("certificates"));
        try (Stream<Path> files = Files.list(original)) {
            for (Path file : files.toList()) {
                Files.copy(file, made.resolve(file.getFileName()), StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }

    @Test
    void aFolderGetsAnAuthorityAndACertificateThatItSigned() throws Exception {
        X509Certificate authority = read("ca.pem");
        X509Certificate node = read("node.pem");
        node.verify(authority.getPublicKey());
        assertThat(authority.getBasicConstraints()).as("signs nodes only").isZero();
        assertThat(node.getBasicConstraints()).as("signs nothing").isEqualTo(-1);
        assertThat(node.getExtendedKeyUsage()).as("server and client").hasSize(2);
        assertThat(node.getSubjectAlternativeNames().stream()
                        .map(name -> name.get(1).toString()))
                .containsExactlyInAnyOrder("espalier", "localhost", "127.0.0.1", "a", "192.0.2.7");
        assertThat(node.getNotAfter().toInstant()).isAfter(Instant.now().plus(Duration.ofDays(3_600)));
    }

    @Test
    void onlyTheirOwnerReadsKeys() throws Exception {
        for (String key : List.of("ca.key", "node.key")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made.resolve(key))))
                    .isEqualTo("rw-------");
        }
        try (Stream<Path> files = Files.list(made)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("ca.pem", "ca.key", "node.pem", "node.key");
        }
    }

    @Test
    void whatIsThereIsKeptAndNotTakenForWhatItIsNot() throws Exception {
        X509Certificate before = read("node.pem");
        Cli again = Cli.run("certificates", made, "a");
        assertThat(again.code()).isZero();
        assertThat(again.out()).contains("already there");
        assertThat(read("node.pem")).isEqualTo(before);

        Cli other = Cli.run("certificates", made, "b");
        assertThat(other.code()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(other.err()).contains("without b", "delete it and its key", "--name");

        assertThat(Cli.run("certificates", made, "b", "--name", "b").code()).isZero();
        read("b.pem").verify(read("ca.pem").getPublicKey());
    }

    @Test
    void anAuthorityThatIsForgottenMakesNoFurtherNode() {
        assertThat(Cli.run("certificates", made, "a", "--forget-authority").code())
                .isZero();
        assertThat(made.resolve("ca.key")).doesNotExist();
        assertThat(Cli.run("certificates", made, "a", "--forget-authority").code())
                .as("a second start of the same service")
                .isZero();
        Cli further = Cli.run("certificates", made, "b", "--name", "b");
        assertThat(further.code()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(further.err()).contains("ca.key is not there");
    }

    @Test
    void whatIsNoHostAndNoNameIsRefused() {
        assertThat(Cli.run("certificates", made, "a b").err()).contains("no host name");
        assertThat(Cli.run("certificates", made, "--name", "../a").err()).contains("--name");
        assertThat(Cli.run("certificates", made, "--name", "ca").code()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(Cli.run("certificates", made, "--days", "0").code()).isEqualTo(ExitCode.WRONG_INPUT);
    }

    private X509Certificate read(String name) throws Exception {
        try (InputStream in = Files.newInputStream(made.resolve(name))) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }
}
