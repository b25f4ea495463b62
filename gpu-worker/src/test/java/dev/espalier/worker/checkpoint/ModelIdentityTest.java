package dev.espalier.worker.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.UserError;
import dev.espalier.protocol.files.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelIdentityTest {
    private static final Path FIXTURE = Path.of("src/test/resources/fixtures/gqa-tied");

    @TempDir
    Path folder;

    private FileHashes hashes() {
        return new FileHashes(folder.resolve("hashes"));
    }

    @Test
    void copiesOfAModelAreTheSameModelWhereverTheyAre() throws IOException {
        ModelIdentity first = identity(copy("first"));
        ModelIdentity second = identity(copy("second"));
        assertThat(first).isEqualTo(second);
        assertThat(first.files()).containsOnlyKeys("config.json", "model.safetensors");
        assertThatCode(() -> second.require(first.sha256(), folder)).doesNotThrowAnyException();
    }

    @Test
    void theIdentityIsWhatSha256sumPrintsHashedAgain() throws IOException {
        Path model = copy("model");
        String lines = Sha256.of(model.resolve("config.json")) + "  config.json\n"
                + Sha256.of(model.resolve("model.safetensors")) + "  model.safetensors\n";
        assertThat(identity(model).sha256()).isEqualTo(Sha256.of(lines.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void aSingleChangedWeightMakesAnotherModelThatIsRefused() throws IOException {
        String expected = identity(copy("first")).sha256();
        Path other = copy("other");
        Path weights = other.resolve("model.safetensors");
        byte[] content = Files.readAllBytes(weights);
        content[content.length - 1] ^= 1;
        Files.write(weights, content);
        ModelIdentity identity = identity(other);
        assertThatThrownBy(() -> identity.require(expected, other))
                .isInstanceOf(UserError.class)
                .hasMessageContaining(other.toString())
                .hasMessageContaining("copy config.json, model.safetensors");
    }

    @Test
    void aFileIsReadAgainOnlyWhenItChanged() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "one");
        FileTime time = Files.getLastModifiedTime(file);
        String hash = hashes().sha256(file);
        // Forged on purpose: the same file, length and time, so what is remembered must be believed.
        Files.writeString(file, "two");
        Files.setLastModifiedTime(file, time);
        assertThat(hashes().sha256(file)).isEqualTo(hash);
        Files.setLastModifiedTime(file, FileTime.fromMillis(time.toMillis() + 1));
        assertThat(hashes().sha256(file)).isEqualTo(Sha256.of(file)).isNotEqualTo(hash);
    }

    @Test
    void whatIsRememberedInADamagedFileIsNotBelieved() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "one");
        String hash = hashes().sha256(file);
        try (var remembered = Files.list(folder.resolve("hashes"))) {
            for (Path memory : remembered.toList()) {
                Files.writeString(memory, Files.readString(memory).substring(0, 20));
            }
        }
        assertThat(hashes().sha256(file)).isEqualTo(hash);
    }

    private ModelIdentity identity(Path model) throws IOException {
        try (ModelFolder opened = ModelFolder.open(model)) {
            return ModelIdentity.of(opened, hashes());
        }
    }

    private Path copy(String name) throws IOException {
        Path copy = Files.createDirectory(folder.resolve(name));
        for (String file : List.of("config.json", "model.safetensors")) {
            Files.copy(FIXTURE.resolve(file), copy.resolve(file));
        }
        return copy;
    }
}
