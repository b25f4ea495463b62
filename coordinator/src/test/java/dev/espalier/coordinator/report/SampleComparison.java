package dev.espalier.coordinator.report;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.espalier.coordinator.report.ReportData.Accuracy;
import dev.espalier.coordinator.report.ReportData.Row;
import dev.espalier.coordinator.report.ReportData.StageTime;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.safetensors.Dtype;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** Methods compared as they might be: one is no good, one has failed once. */
final class SampleComparison {
    static final String CAUSE = "failed in prune: the text <a|b> has no line 3";

    private static final long DENSE = 134_515_008;
    private static final long PRUNABLE = 106_168_320;

    private SampleComparison() {}

    static Comparison of() {
        List<ComparedRun> runs = new ArrayList<>();
        runs.add(run("obs", 0.1, 22.1, 21.4));
        runs.add(run("flap", 0.1, 23.9, 22.2));
        runs.add(run("magnitude", 0.1, 48_000, 60));
        runs.add(run("obs", 0.2, 29.2, 26.6));
        runs.add(standing("flap", 0.2, "FAILED", Optional.of(CAUSE)));
        runs.add(run("magnitude", 0.2, 930_105, 106.7));
        runs.add(run("obs", 0.3, 44.1, 36.2));
        runs.add(standing("flap", 0.3, "PENDING", Optional.empty()));
        return new Comparison("smollm2", "{\"seed\": 42}", Dtype.F32, runs);
    }

    static ComparedRun run(String method, double target, double pruned, double recovered) {
        long parameters = DENSE - Math.round(target * PRUNABLE);
        return new ComparedRun(
                method,
                method,
                ComparedRun.percent(target),
                target,
                folder(method, target),
                "COMPLETED",
                Optional.empty(),
                stages(),
                Optional.of(row("dense", 20.24, DENSE, 1, OptionalDouble.empty())),
                Optional.of(row(method, pruned, parameters, 1 + target, OptionalDouble.of(180))),
                Optional.of(row(method, recovered, parameters, 1 + target, OptionalDouble.of(780))),
                JsonNodeFactory.instance.objectNode());
    }

    static ComparedRun standing(String method, double target, String state, Optional<String> cause) {
        return new ComparedRun(
                method,
                method,
                ComparedRun.percent(target),
                target,
                folder(method, target),
                state,
                cause,
                state.equals("PENDING") ? List.of() : stages().subList(0, 2),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                JsonNodeFactory.instance.objectNode());
    }

    private static Path folder(String method, double target) {
        return Path.of("runs", method + "-" + Math.round(100 * target));
    }

    private static List<StageTime> stages() {
        List<StageTime> stages = new ArrayList<>();
        Instant from = Instant.parse("2026-03-14T09:26:53Z");
        for (Stage stage : Stage.USUAL) {
            Instant to = from.plusSeconds(60);
            stages.add(new StageTime(stage, "COMPLETED", Optional.of(from), Optional.of(to)));
            from = to;
        }
        return stages;
    }

    private static Row row(String label, double perplexity, long parameters, double faster, OptionalDouble seconds) {
        Map<String, Accuracy> choices = new LinkedHashMap<>();
        choices.put("piqa.jsonl", new Accuracy(200, 0.64, 0.63));
        choices.put("arc_easy.jsonl", new Accuracy(200, 0.51, 0.47));
        return new Row(
                label,
                false,
                Map.of("wikitext-2/valid.txt", SampleReport.perplexity(perplexity, 1)),
                choices,
                SampleReport.speed(510 * faster, faster, 0.98 * faster, 1.02 * faster),
                // The machine was busier when the smaller models were measured; what was measured in turn knows.
                SampleReport.speed(label.equals("dense") ? 20 : 10, faster, 0.98 * faster, 1.02 * faster),
                OptionalLong.of(parameters),
                seconds,
                List.of());
    }
}
