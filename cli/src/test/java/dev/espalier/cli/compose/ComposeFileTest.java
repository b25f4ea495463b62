package dev.espalier.cli.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.protocol.UserError;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ComposeFileTest {
    private static final Path FILE = ComposeFile.REPOSITORY.resolve("docker-compose.yml");
    private static final Map<String, String> TOKEN = Map.of("ESPALIER_TOKEN", "0123456789abcdef");

    @ParameterizedTest
    @ValueSource(strings = {"docker-compose.yml", "docker-compose.yml -f docker-compose.cuda.yml"})
    void dockerComposeAcceptsTheFiles(String files) throws Exception {
        boolean there = Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(place -> Files.isExecutable(Path.of(place, "docker-compose")));
        assumeTrue(there || System.getenv("ESPALIER_REQUIRE_TOOLS") != null, "no docker-compose on the PATH");
        assertThat(there).as("docker-compose on the PATH").isTrue();
        ProcessBuilder builder = new ProcessBuilder(("docker-compose --profile ha -f " + files + " config").split(" "))
                .directory(ComposeFile.REPOSITORY.toFile())
                .redirectErrorStream(true);
        builder.environment().putAll(TOKEN);
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        assertThat(said).contains("coordinator-3", "prometheus", "grafana", "worker", "postgres");
    }

    @Test
    void withoutATokenNothingStarts() {
        assertThatThrownBy(() -> ComposeFile.read(FILE, Map.of()))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("ESPALIER_TOKEN", "openssl rand");
    }

    @Test
    void everyMountedFolderOfTheRepositoryExistsAndEveryProvisioningFileParses() throws Exception {
        int parsed = 0;
        for (ComposeService service : ComposeFile.read(FILE, TOKEN).services().values()) {
            for (ComposeFile.Mount mount : service.mounts()) {
                if (!mount.source().startsWith("./monitoring")) {
                    continue;
                }
                assertThat(mount.folder()).isDirectory();
                parsed += parse(mount.folder());
            }
        }
        assertThat(parsed).as("files of prometheus and grafana").isGreaterThanOrEqualTo(10);
    }

    private static int parse(Path folder) throws IOException {
        int parsed = 0;
        try (Stream<Path> files = Files.walk(folder).filter(Files::isRegularFile)) {
            for (Path file : files.toList()) {
                assertThat(file.toString()).matches(".*\\.(json|yml)");
                assertThat(
                                file.toString().endsWith(".json")
                                        ? new ObjectMapper().readTree(file.toFile())
                                        : ComposeFile.yaml(file))
                        .as(file.toString())
                        .isNotEmpty();
                parsed++;
            }
        }
        return parsed;
    }

    @Test
    void versionsArePinnedAndEveryServiceIsWatchedAndStartedAgain() throws Exception {
        Map<String, ComposeService> services = ComposeFile.read(FILE, TOKEN).services();
        assertThat(services)
                .containsOnlyKeys(
                        "certificates",
                        "coordinator",
                        "coordinator-2",
                        "coordinator-3",
                        "worker",
                        "postgres",
                        "prometheus",
                        "grafana");
        assertThat(services.values()).allSatisfy(service -> {
            assertThat(service.image()).matches(".+:v?[0-9]+\\.[0-9]+.*");
            assertThat(service.health().isEmpty()).as(service.name()).isEqualTo(service.ends());
            assertThat(service.restart()).as(service.name()).isEqualTo(service.ends() ? "no" : "unless-stopped");
            assertThat(services.keySet()).containsAll(service.dependencies().keySet());
        });
        List<String> bases = Files.readAllLines(ComposeFile.REPOSITORY.resolve("Dockerfile")).stream()
                .filter(line -> line.startsWith("FROM "))
                .map(line -> line.split(" ")[1])
                .toList();
        assertThat(bases).hasSize(4).allMatch(base -> base.matches(".+:[0-9]+\\.[0-9]+.*"));
    }
}
