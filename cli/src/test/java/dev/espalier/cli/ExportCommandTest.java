package dev.espalier.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.protocol.files.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportCommandTest {
    @TempDir
    Path folder;

    private Path run;
    private Path out;

    @BeforeEach
    void aCompletedRun() throws IOException {
        run = folder.resolve("run");
        out = folder.resolve("out");
        Files.createDirectories(run.resolve("export/hf"));
        Path weights = Files.writeString(run.resolve("export/hf/model.safetensors"), "weights");
        Files.writeString(run.resolve("export/hf/README.md"), "the card");
        manifest("COMPLETED", "export/hf/model.safetensors", Sha256.of(weights));
    }

    @Test
    void theModelAndItsCardAreCopied() {
        assertThat(export("hf").code()).isZero();
        assertThat(out.resolve("model.safetensors")).hasContent("weights");
        assertThat(out.resolve("README.md")).hasContent("the card");
        assertThat(out.toFile().list()).hasSize(2);
    }

    @Test
    void aDamagedFileIsNotPassedOn() throws IOException {
        Files.writeString(run.resolve("export/hf/model.safetensors"), "weighty");
        refused(export("hf"), "model.safetensors", "SHA-256");
        assertThat(out.resolve("model.safetensors")).doesNotExist();
    }

    @Test
    void aFolderWithSomethingInItIsLeftAlone() throws IOException {
        Files.createDirectory(out);
        Files.writeString(out.resolve("thesis.txt"), "do not lose this");
        Path written = Files.createDirectory(out.resolve("run"))
                .resolve(".manifest.json.01234567-89ab-cdef-0123-456789abcdef.tmp");
        Files.writeString(written, "{");
        refused(export("hf"), "not empty");
        assertThat(out.toFile().list()).containsExactlyInAnyOrder("thesis.txt", "run");
        assertThat(written).as("what another process writes").exists();
    }

    @Test
    void aFileOnTheWayToTheFolderIsNamed() throws IOException {
        Files.writeString(out, "a file");
        out = out.resolve("sub");
        refused(export("hf"), "is a file, where a folder has to be: name another path", "sub");
    }

    @Test
    void whatAKilledExportLeftIsNoReasonToRefuseTheSameCommand() throws IOException {
        Files.createDirectory(out);
        String leftover = ".model.safetensors.01234567-89ab-cdef-0123-456789abcdef.tmp";
        Files.writeString(out.resolve(leftover), "weig");
        assertThat(export("hf").code()).isZero();
        assertThat(out.toFile().list()).containsExactlyInAnyOrder("model.safetensors", "README.md");
    }

    @Test
    void aFolderThatAnotherExportWritesIntoIsLeftToIt() throws IOException {
        NewFolder other = NewFolder.claim(out);
        Path half =
                Files.writeString(out.resolve(".model.safetensors.01234567-89ab-cdef-0123-456789abcdef.tmp"), "weig");
        refused(export("hf"), "another process writes into", "--out");
        assertThat(half).exists();
        other.undo();
        assertThat(out).doesNotExist();
        assertThat(export("hf").code()).isZero();
    }

    @Test
    void anExportThatFailsLeavesNothingAndCanBeRepeated() throws IOException {
        Path config = Files.writeString(run.resolve("export/hf/z.json"), "{}");
        Path weights = run.resolve("export/hf/model.safetensors");
        Files.writeString(
                run.resolve("manifest.json"),
                """
                {"run": "r", "stages": [{"name": "export", "state": "COMPLETED", "artefacts": [
                    {"path": "export/hf/model.safetensors", "sha256": "%s", "bytes": 7},
                    {"path": "export/hf/z.json", "sha256": "%s", "bytes": 2}]}]}
                """
                        .formatted(Sha256.of(weights), Sha256.of(config)));
        Files.writeString(config, "{ }");
        refused(export("hf"), "z.json", "SHA-256");
        assertThat(out).doesNotExist();
        Files.createDirectory(out);
        refused(export("hf"), "z.json", "SHA-256");
        assertThat(out).isEmptyDirectory();
        Files.writeString(config, "{}");
        assertThat(export("hf").code()).isZero();
        assertThat(out.resolve("z.json")).hasContent("{}");
    }

    @Test
    void aManifestThatIsDamagedIsToldWithWhatToDo() throws IOException {
        for (String content : new String[] {"{\"run\": ", "", "[]"}) {
            Files.writeString(run.resolve("manifest.json"), content);
            refused(export("hf"), "manifest.json is damaged", "'espalier prune'");
        }
    }

    @Test
    void aRunThatHasNotExportedYetIsRefused() throws IOException {
        manifest("FAILED", "export/hf/model.safetensors", "00");
        refused(export("hf"), "has not exported");
    }

    @Test
    void aManifestCannotNameFilesElsewhere() throws IOException {
        manifest("COMPLETED", "export/hf/../../../secret", "00");
        refused(export("hf"), "secret");
    }

    @Test
    void aManifestCannotNameTheRunLikeAPlaceElsewhere() throws IOException {
        Path manifest = run.resolve("manifest.json");
        Files.writeString(manifest, Files.readString(manifest).replace("\"r\"", "\"../../elsewhere\""));
        refused(export("gguf"), "../../elsewhere", "it is damaged");
    }

    @Test
    void formatsAndTypesThatAreNotWrittenAreTold() {
        refused(export("onnx"), "--format onnx is unknown", "hf", "gguf", "hf-padded", "nemotron-nas");
        refused(Cli.run("export", run, "--format", "gguf", "--dtype", "q4_k", "--out", out), "--dtype q4_k", "q8_0");
        refused(
                Cli.run("export", run, "--format", "hf-padded", "--dtype", "f16", "--out", out),
                "--dtype has no meaning with --format hf-padded");
        refused(Cli.run("export", run, "--format", "hf", "--dtype", "f16", "--out", out), "--dtype", "leave it out");
        refused(Cli.run("export", folder, "--format", "gguf", "--out", out), "no run folder", "no model folder");
        refused(
                Cli.run("export", "absent-org/absent-model", "--format", "gguf", "--out", out),
                "no model folder",
                "hf download absent-org/absent-model");
    }

    private Cli export(String format) {
        return Cli.run("export", run, "--format", format, "--out", out);
    }

    private void manifest(String state, String path, String sha256) throws IOException {
        Files.writeString(
                run.resolve("manifest.json"),
                """
                {"run": "r", "stages": [{"name": "export", "state": "%s", "artefacts": [
                    {"path": "%s", "sha256": "%s", "bytes": 7}]}]}
                """
                        .formatted(state, path, sha256));
    }

    private static void refused(Cli result, String... told) {
        assertThat(result.code()).as(result.err()).isEqualTo(ExitCode.WRONG_INPUT);
        assertThat(result.err()).contains(told).doesNotContain("\tat ");
    }
}
