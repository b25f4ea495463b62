package dev.espalier.coordinator.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.Stage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunReportTest {
    private static final String MODEL =
            """
            {"model_type": "llama", "hidden_size": 8, "num_attention_heads": 4, "num_key_value_heads": 2,
             "num_hidden_layers": 2, "intermediate_size": %d, "vocab_size": 50 %s}
            """;

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    private Path run;

    @BeforeEach
    void aRunThatHasJustBeenSubmitted() throws IOException {
        run = run("tiny", "nuteprune");
        Files.createDirectories(folder.resolve("model"));
        Files.writeString(folder.resolve("model/config.json"), MODEL.formatted(6, ", \"_name_or_path\": \"org/Tiny\""));
        Files.writeString(folder.resolve("model/README.md"), "---\nlicense: apache-2.0\n---\n# Tiny\n");
    }

    @Test
    void aRunWithoutResultsHasAReportWithoutThem() throws IOException {
        RunReport report = RunReport.read(run, List.of());
        report.write(run);
        assertThat(report.card()).isEmpty();
        assertThat(report.data().rows()).isEmpty();
        assertThat(run.resolve("report.html")).content().contains("tiny").doesNotContain("What it cost");
    }

    @Test
    void everythingInTheFolderIsTold() throws IOException {
        complete(run, 20.5);
        RunReport report = RunReport.read(run, List.of());
        ReportData data = report.data();

        assertThat(data.method()).isEqualTo("nuteprune");
        assertThat(data.parameters().orElseThrow().sparsity()).isEqualTo(0.25);
        assertThat(data.stages())
                .extracting(ReportData.StageTime::stage)
                .containsExactly(Stage.PRUNE, Stage.RECOVER, Stage.EXPORT);
        assertThat(data.stages().get(0).duration().orElseThrow()).hasSeconds(90);
        assertThat(data.steps()).hasSize(1);
        assertThat(data.rows())
                .extracting(ReportData.Row::label)
                .containsExactly("dense", "after prune", "after recover");
        assertThat(data.rows().get(1).perplexity())
                .containsEntry("t.txt", new ReportData.Perplexity(20.5, 0.4, 8, 7, List.of(2.9, 3.1)));
        ReportData.Speed decode = data.rows().get(1).decode().orElseThrow();
        assertThat(decode.perSecond()).isEqualTo(new ReportData.Spread(20, 19, 22));
        assertThat(decode.ratio()).contains(new ReportData.Spread(1.1, 1.05, 1.2));
        // as runs of older versions tell it
        assertThat(data.rows().get(1).prefill().orElseThrow().perSecond().median())
                .isEqualTo(100);
        assertThat(data.rows().get(1).prefill().orElseThrow().ratio()).isEmpty();
        assertThat(data.rows().get(1).samples()).containsExactly(new ReportData.Sample("the", " cat"));
        assertThat(data.rows().get(1).choices().get("c.jsonl")).isEqualTo(new ReportData.Accuracy(10, 0.5, 0.4));
        ReportData.Layer layer = data.kept().get(0).layers().get(1);
        assertThat(layer.channels().stream()).containsExactly(0, 2, 3);
        assertThat(layer.channelCount()).isEqualTo(6);
        // heads could not be removed: all KV heads are there
        assertThat(layer.heads().cardinality()).isEqualTo(2);
    }

    @Test
    void whatHasTheShapeOfThePrunedModelIsAsFast() throws IOException {
        complete(run, 20.5);
        Path manifest = run.resolve("manifest.json");
        ObjectNode json = (ObjectNode) JSON.readTree(manifest.toFile());
        ObjectNode recovered = (ObjectNode) json.at("/evaluation/after-recover");
        recovered.put("model", "export/hf").remove("latency");
        JSON.writeValue(manifest.toFile(), json);
        List<ReportData.Row> rows = RunReport.read(run, List.of()).data().rows();
        assertThat(rows.get(2).decode()).isPresent().isEqualTo(rows.get(1).decode());
    }

    @Test
    void aRecoveryThatWasSkippedIsNotTold() throws IOException {
        complete(run, 20.5);
        Path manifest = run.resolve("manifest.json");
        ObjectNode json = (ObjectNode) JSON.readTree(manifest.toFile());
        ((ObjectNode) json.at("/stages/1")).put("state", "SKIPPED");
        JSON.writeValue(manifest.toFile(), json);
        assertThat(RunReport.read(run, List.of()).data().rows())
                .extracting(ReportData.Row::label)
                .containsExactly("dense", "after prune", "exported");
    }

    @Test
    void allRoundsThatHaveEndedAreToldAndNoneThatIsDoneAgain() throws IOException {
        complete(run, 20.5);
        Path manifest = run.resolve("manifest.json");
        String stages =
                "{\"name\": \"prune\", \"state\": \"COMPLETED\"}, {\"name\": \"recover\", \"state\": \"COMPLETED\"},"
                        + " {\"name\": \"prune-2\", \"state\": \"%s\"}, {\"name\": \"recover-2\", \"state\": \"PENDING\"}";
        String whole =
                Files.readString(manifest).replaceFirst("(?s)\"stages\": \\[.*?\\]},?\\s*\\{.*?\\}\\],", "STAGES");
        assertThat(whole).contains("STAGES");
        Files.createDirectories(run.resolve("stages/prune-2"));
        Files.writeString(
                run.resolve("stages/prune-2/kept.json"),
                "{\"head-unit\": \"KV groups\", \"hidden\": \"\", \"layers\": [{\"heads\": \"\", \"ffn\": \"110000\"},"
                        + " {\"heads\": \"\", \"ffn\": \"100100\"}]}");

        Files.writeString(manifest, whole.replace("STAGES", "\"stages\": [" + stages.formatted("COMPLETED") + "],"));
        ReportData both = RunReport.read(run, List.of()).data();
        assertThat(both.kept())
                .extracting(kept -> kept.pruning() + " " + kept.layers().get(1).channelsKept())
                .containsExactly("prune 3", "prune-2 2");
        assertThat(both.rows())
                .extracting(ReportData.Row::label)
                .containsExactly("dense", "after prune-2", "after recover-2");

        Files.writeString(manifest, whole.replace("STAGES", "\"stages\": [" + stages.formatted("RUNNING") + "],"));
        assertThat(RunReport.read(run, List.of()).data().kept())
                .extracting(kept -> kept.pruning().word())
                .containsExactly("prune");
    }

    @Test
    void stepsThatWorkersToldSideBySideAreInTheirOrderAndOfTwoTheLastCounts() throws IOException {
        complete(run, 20.5);
        String line = "{\"time\": \"2026-01-01T00:00:01Z\", \"stage\": \"%s\", \"step\": %d, \"tokens\": 8,"
                + " \"seconds\": 0.5, \"loss\": %d}\n";
        StringBuilder told = new StringBuilder();
        for (int[] step : new int[][] {{0, 1}, {2, 2}, {1, 3}, {3, 4}, {2, 5}}) {
            told.append(line.formatted("prune", step[0], step[1]));
        }
        told.append(line.formatted("recover", 1, 6)).append(line.formatted("recover", 0, 7));
        Files.writeString(run.resolve("metrics.jsonl"), told);
        assertThat(RunReport.read(run, List.of()).data().steps())
                .extracting(step -> step.stage() + " " + step.step() + " " + (int) step.value("loss"))
                .containsExactly("prune 0 1", "prune 1 3", "prune 2 5", "prune 3 4", "recover 0 7", "recover 1 6");
    }

    @Test
    void aModelThatAnEarlierTryExportedIsNotDescribedAnew() throws IOException {
        complete(run, 20.5);
        Path card = Files.writeString(run.resolve("export/hf/README.md"), "as it was");
        Path manifest = run.resolve("manifest.json");
        ObjectNode json = (ObjectNode) JSON.readTree(manifest.toFile());
        ((ObjectNode) json.at("/stages/2")).put("state", "PENDING");
        JSON.writeValue(manifest.toFile(), json);
        RunReport.read(run, List.of()).write(run);
        assertThat(card).hasContent("as it was");
    }

    @Test
    void theCardNamesTheDenseModelAndItsLicense() throws IOException {
        complete(run, 20.5);
        RunReport report = RunReport.read(run, List.of());
        ModelCardData card = report.card().orElseThrow();
        assertThat(card.baseModel()).isEqualTo("org/Tiny");
        assertThat(card.license()).isEqualTo(Optional.of("apache-2.0"));
        assertThat(card.before().intermediate()).containsExactly(6, 6);
        assertThat(card.after().intermediate()).containsExactly(3, 2);
        assertThat(card.loaders().alike()).isFalse();
        assertThat(card.settings()).anyMatch(setting -> setting.startsWith("prune: 1 steps, 8 tokens"));
        report.write(run);
        assertThat(run.resolve("export/hf/README.md")).content().contains("org/Tiny", "text.txt, domain default");
    }

    @Test
    void otherRunsStandBesideItByTheirLastModel() throws IOException {
        complete(run, 20.5);
        Path other = run("by-magnitude", "magnitude");
        complete(other, 99.0);
        List<ReportData.Row> rows = RunReport.read(run, List.of(other, run("nothing-yet", "obs")))
                .data()
                .rows();
        assertThat(rows).hasSize(4);
        assertThat(rows.get(3).label()).isEqualTo("by-magnitude, after recover");
        assertThat(rows.get(3).comparison()).isTrue();
        assertThat(rows.get(3).perplexity().get("t.txt").value()).isEqualTo(99);
    }

    private Path run(String name, String method) throws IOException {
        Path directory = Files.createDirectories(folder.resolve(name));
        Files.writeString(
                directory.resolve("run.conf"),
                """
                {"run": {"name": "%s"}, "model": {"path": "%s"}, "prune": {"method": "%s"},
                 "data": {"train": [{"path": "/corpus/text.txt"}]}}
                """
                        .formatted(name, folder.resolve("model"), method));
        return directory;
    }

    private static void complete(Path directory, double perplexity) throws IOException {
        String measured =
                """
                {"model": "m", "parameters": 100, "perplexity": [{"file": "t.txt", "window": 8, "tokens": 7, "value": %s,
                   "stderr": 0.4, "blocks": [2.9, 3.1]}],
                 "latency": {"prompt": 4, "generated": 2, "prefill_tokens_per_second": 100,
                   "decode_tokens_per_second": 20, "decode_tokens_per_second_range": [19, 22],
                   "beside": {"model": "d", "decode_ratio": 1.1, "decode_ratio_range": [1.05, 1.2]}},
                 "samples": [{"prompt": "the", "text": " cat"}],
                 "choices": [{"file": "c.jsonl", "n": 10, "acc": 0.5, "acc_norm": 0.4}]}
                """
                        .formatted(perplexity);
        Files.writeString(
                directory.resolve("manifest.json"),
                """
                {"run": "tiny", "state": "COMPLETED", "stages": [
                   {"name": "prune", "state": "COMPLETED", "started": "2026-01-01T00:00:00Z",
                    "ended": "2026-01-01T00:01:30Z", "cause": null, "artefacts": []},
                   {"name": "recover", "state": "COMPLETED", "started": null, "ended": null, "artefacts": []},
                   {"name": "export", "state": "COMPLETED", "started": null, "ended": null, "artefacts": []}],
                 "parameters": {"before": 200, "after": 150, "prunable-before": 160, "prunable-after": 120},
                 "evaluation": {"before": %1$s, "after-prune": %1$s, "after-recover": %1$s}}
                """
                        .formatted(measured));
        Files.writeString(
                directory.resolve("metrics.jsonl"),
                """
                {"time": "2026-01-01T00:00:01Z", "stage": "prune", "step": 0, "tokens": 8, "seconds": 0.5, "loss": 1}
                """);
        Files.createDirectories(directory.resolve("stages/prune"));
        Files.writeString(
                directory.resolve("stages/prune/kept.json"),
                """
                {"head-unit": "KV groups", "hidden": "", "layers": [
                   {"heads": "", "ffn": "111000"}, {"heads": "", "ffn": "101100"}]}
                """);
        Files.createDirectories(directory.resolve("export/hf"));
        Files.writeString(
                directory.resolve("export/hf/config.json"),
                MODEL.formatted(
                        3,
                        """
                        , "espalier_shapes": [
                        {"query_heads": 4, "kv_heads": 2, "intermediate": 3},
                        {"query_heads": 4, "kv_heads": 2, "intermediate": 2}]
                        """));
    }
}
