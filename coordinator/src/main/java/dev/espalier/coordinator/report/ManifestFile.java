package dev.espalier.coordinator.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.espalier.coordinator.report.ReportData.Accuracy;
import dev.espalier.coordinator.report.ReportData.Parameters;
import dev.espalier.coordinator.report.ReportData.Perplexity;
import dev.espalier.coordinator.report.ReportData.Row;
import dev.espalier.coordinator.report.ReportData.Sample;
import dev.espalier.coordinator.report.ReportData.Speed;
import dev.espalier.coordinator.report.ReportData.Spread;
import dev.espalier.coordinator.report.ReportData.StageTime;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.safetensors.JsonFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;

/** {@code manifest.json}, as far as reports need it. */
record ManifestFile(JsonNode json) {
    /** State of a stage that is done, and of one that is left out. */
    static final String COMPLETED = "COMPLETED";

    private static final String SKIPPED = "SKIPPED";

    /** Kinds of stages that only pack and measure what the others made. */
    private static final Set<String> NOT_MAKING = Set.of(Stage.EXPORT.kind(), Stage.EVALUATE.kind());

    /**
     * An empty manifest if there is none yet.
     *
     * @throws dev.espalier.protocol.UserError if it is damaged
     */
    static ManifestFile read(Path directory) {
        Path file = directory.resolve(RunLayout.MANIFEST);
        return new ManifestFile(
                Files.isRegularFile(file) ? JsonFile.read(file) : JsonNodeFactory.instance.objectNode());
    }

    /** @param target share of the prunable parameters that was to go */
    Optional<Parameters> parameters(double target) {
        JsonNode counts = json.path("parameters");
        return counts.isObject()
                ? Optional.of(new Parameters(
                        counts.path("before").asLong(),
                        counts.path("after").asLong(),
                        counts.path("prunable-before").asLong(),
                        counts.path("prunable-after").asLong(),
                        target))
                : Optional.empty();
    }

    List<StageTime> stages() {
        List<StageTime> stages = new ArrayList<>();
        for (JsonNode stage : json.path("stages")) {
            stages.add(new StageTime(
                    Stage.written(stage.path("name").asText()),
                    stage.path("state").asText(),
                    instant(stage.path("started")),
                    instant(stage.path("ended"))));
        }
        return stages;
    }

    /** What the stages' work measured, for people. */
    List<MeasuredTable> tables() {
        List<MeasuredTable> tables = new ArrayList<>();
        json.path("stages")
                .forEach(stage -> stage.path("tables").forEach(table -> tables.add(MeasuredTable.read(table))));
        return tables;
    }

    /** The stages of a kind that have ended, in their order. */
    List<Stage> completed(String kind) {
        return stages().stream()
                .filter(stage ->
                        stage.stage().kind().equals(kind) && stage.state().equals(COMPLETED))
                .map(StageTime::stage)
                .toList();
    }

    /** The stage that failed, and why. */
    Optional<String> failure() {
        for (JsonNode stage : json.path("stages")) {
            if (stage.path("state").asText().equals("FAILED")) {
                return Optional.of("failed in " + stage.path("name").asText() + ": "
                        + stage.path("cause").asText());
            }
        }
        return Optional.empty();
    }

    /** The models that were measured, the dense one first; of several rounds it is the last that was. */
    List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        String taken = takenFrom(json.path("evaluation").path("before"))
                .map(run -> ", as " + run + " measured it")
                .orElse("");
        dense().map(dense -> dense.labelled(dense.label() + taken)).ifPresent(rows::add);
        pruned("after " + last(ManifestFile::prunes).orElse(Stage.PRUNE)).ifPresent(rows::add);
        exported(lastTraining().map(stage -> "after " + stage).orElse("exported"))
                .ifPresent(rows::add);
        return rows;
    }

    /** The run that measured a model, if it was another. */
    static Optional<String> takenFrom(JsonNode measured) {
        return Optional.of(measured.path(ComparedRun.TAKEN_FROM))
                .filter(JsonNode::isTextual)
                .map(JsonNode::asText);
    }

    Optional<Row> dense() {
        return row("before", "dense", OptionalDouble.empty());
    }

    /** What the last pruning left. */
    Optional<Row> pruned(String label) {
        List<StageTime> all = stages();
        List<Stage> order = all.stream().map(StageTime::stage).toList();
        List<StageTime> until =
                all.subList(0, 1 + order.indexOf(last(ManifestFile::prunes).orElse(Stage.PRUNE)));
        return row("after-prune", label, seconds(until));
    }

    /** What users take away. */
    Optional<Row> exported(String label) {
        List<StageTime> making = stages().stream()
                .filter(stage -> !NOT_MAKING.contains(stage.stage().kind()))
                .toList();
        return row("after-recover", label, seconds(making));
    }

    /** The last stage that something holds of. */
    private Optional<Stage> last(Predicate<Stage> holds) {
        return stages().stream().map(StageTime::stage).filter(holds).reduce((earlier, later) -> later);
    }

    /** The last that trains what is left, unless it was skipped. */
    private Optional<Stage> lastTraining() {
        return stages().stream()
                .filter(time -> time.stage().trainsWhatIsLeft())
                .reduce((earlier, later) -> later)
                .filter(time -> !time.state().equals(SKIPPED))
                .map(StageTime::stage);
    }

    private static boolean prunes(Stage stage) {
        return stage.kind().equals(Stage.PRUNE.kind());
    }

    /** Of all of them; empty if one has not ended. */
    static OptionalDouble seconds(List<StageTime> stages) {
        return stages.isEmpty()
                        || stages.stream().anyMatch(stage -> stage.duration().isEmpty())
                ? OptionalDouble.empty()
                : OptionalDouble.of(stages.stream()
                        .mapToDouble(stage -> stage.duration().orElseThrow().toMillis() / 1000.0)
                        .sum());
    }

    private Optional<Row> row(String field, String label, OptionalDouble seconds) {
        JsonNode measured = json.path("evaluation").path(field);
        return measured.isObject() ? Optional.of(row(label, measured, latency(measured), seconds)) : Optional.empty();
    }

    /** Models of one shape are measured once. */
    private JsonNode latency(JsonNode measured) {
        return measured.has("latency") || !measured.path("model").asText().equals(RunLayout.EXPORT)
                ? measured.path("latency")
                : json.at("/evaluation/after-prune/latency");
    }

    private static Row row(String label, JsonNode measured, JsonNode latency, OptionalDouble seconds) {
        Map<String, Perplexity> perplexity = new LinkedHashMap<>();
        measured.path("perplexity").forEach(text -> {
            List<Double> blocks = new ArrayList<>();
            text.path("blocks").forEach(block -> blocks.add(block.asDouble()));
            perplexity.put(
                    text.path("file").asText(),
                    new Perplexity(
                            text.path("value").asDouble(),
                            text.path("stderr").asDouble(Double.NaN),
                            text.path("window").asInt(),
                            text.path("tokens").asLong(),
                            blocks));
        });
        Map<String, Accuracy> choices = new LinkedHashMap<>();
        measured.path("choices")
                .forEach(file -> choices.put(
                        file.path("file").asText(),
                        new Accuracy(
                                file.path("n").asInt(),
                                file.path("acc").asDouble(),
                                file.path("acc_norm").asDouble())));
        JsonNode parameters = measured.path("parameters");
        return new Row(
                label,
                false,
                perplexity,
                choices,
                speed(latency, "prefill"),
                speed(latency, "decode"),
                parameters.isNumber() ? OptionalLong.of(parameters.asLong()) : OptionalLong.empty(),
                seconds,
                samples(measured.path("samples")));
    }

    private static Optional<Speed> speed(JsonNode latency, String what) {
        Optional<Spread> ratio = spread(latency.path("beside"), what + "_ratio");
        return spread(latency, what + "_tokens_per_second").map(perSecond -> new Speed(perSecond, ratio));
    }

    private static Optional<Spread> spread(JsonNode measured, String name) {
        JsonNode range = measured.path(name + "_range");
        return measured.path(name).isNumber()
                ? Optional.of(new Spread(
                        measured.path(name).asDouble(),
                        range.path(0).asDouble(Double.NaN),
                        range.path(1).asDouble(Double.NaN)))
                : Optional.empty();
    }

    private static List<Sample> samples(JsonNode written) {
        List<Sample> samples = new ArrayList<>();
        written.forEach(sample -> samples.add(
                new Sample(sample.path("prompt").asText(), sample.path("text").asText())));
        return samples;
    }

    private static Optional<Instant> instant(JsonNode value) {
        return value.isTextual() ? Optional.of(Instant.parse(value.asText())) : Optional.empty();
    }
}
