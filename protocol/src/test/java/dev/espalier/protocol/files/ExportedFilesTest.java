package dev.espalier.protocol.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportedFilesTest {
    private static final String HALF = ".config.json.01234567-89ab-cdef-0123-456789abcdef.tmp";

    @TempDir
    Path run;

    @Test
    void whatTheManifestOrTheListNamesGoesAndWhatLiesBesideItStays() throws IOException {
        Path named = file("export/hf/model.safetensors");
        Path card = file("export/hf/README.md");
        Path nested = file("export/hf/additional_chat_templates/tools.jinja");
        Path listed = file("export/hf-padded/config.json");
        Path half = file("export/gguf/" + HALF);
        Path mine = file("export/gguf/x-Q4_K_M.gguf");
        Path empty = Files.createDirectories(run.resolve("export/gguf/for later"));
        Files.writeString(
                run.resolve("manifest.json"),
                """
                {"stages": [{"name": "export", "artefacts": [{"path": "export/hf/model.safetensors"},
                    {"path": "export/hf/additional_chat_templates/tools.jinja"}]}]}
                """);
        ExportedFiles files = ExportedFiles.of(run);
        files.add(List.of(listed));
        files.addPaths(List.of("stages/prune/model/config.json"));
        assertThat(files.delete(List.of("hf", "hf-padded", "nemotron-nas", "gguf")))
                .isEqualTo(5 * 4);
        assertThat(List.of(named, card, nested, listed, half)).noneMatch(Files::exists);
        assertThat(mine).exists();
        assertThat(empty).exists();
        assertThat(run.resolve("export").toFile().list()).containsExactly("gguf");
    }

    @Test
    void aListCannotNameFilesElsewhereAndNoLinkIsFollowed(@TempDir Path elsewhere) throws IOException {
        Path secret = Files.writeString(elsewhere.resolve("config.json"), "kept");
        Files.createDirectories(run.resolve("export"));
        Files.createSymbolicLink(run.resolve("export/hf"), elsewhere);
        Path config = Files.writeString(run.resolve("run.conf"), "kept");
        Files.writeString(
                run.resolve("manifest.json"),
                """
                {"stages": [{"artefacts": [{"path": "export/hf/config.json"}, {"path": "export/gguf/../../run.conf"}]}]}
                """);
        file("export/gguf/x.gguf");
        assertThat(ExportedFiles.of(run).delete(List.of("hf", "gguf"))).isZero();
        assertThat(List.of(secret, config)).allMatch(Files::exists);
    }

    @Test
    void aDamagedManifestNamesNothing() throws IOException {
        Path file = file("export/hf/model.safetensors");
        Files.writeString(run.resolve("manifest.json"), "{\"stages\": ");
        assertThat(ExportedFiles.of(run).delete(List.of("hf"))).isZero();
        assertThat(file).exists();
    }

    private Path file(String path) throws IOException {
        Path file = run.resolve(path);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, "four");
    }
}
