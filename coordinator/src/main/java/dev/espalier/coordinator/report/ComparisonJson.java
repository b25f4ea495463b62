package dev.espalier.coordinator.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;

/** A comparison for scripts: what each run's manifest tells, beside what the run was to do. */
final class ComparisonJson {
    private static final ObjectMapper JSON = new ObjectMapper();

    private ComparisonJson() {}

    static ObjectNode of(Comparison comparison) {
        ObjectNode json = JSON.createObjectNode().put("name", comparison.name());
        json.put("dtype", comparison.dtype().name().toLowerCase(Locale.ROOT));
        json.set("dense", dense(comparison));
        ArrayNode runs = json.putArray("runs");
        comparison.runs().forEach(run -> runs.add(run(run)));
        return json;
    }

    /** As {@code evaluate --json} prints it; null before it was measured. */
    private static JsonNode dense(Comparison comparison) {
        return comparison.runs().stream()
                .map(run -> run.manifest().path("evaluation").path("before"))
                .filter(JsonNode::isObject)
                .findFirst()
                .orElse(JSON.nullNode());
    }

    private static ObjectNode run(ComparedRun run) {
        ObjectNode json = JSON.createObjectNode();
        json.put("run", run.name());
        json.put("method", run.method());
        json.put("goal", run.goal());
        json.put("target", run.target());
        json.put("folder", run.folder().toString());
        json.put("state", run.state());
        json.put("cause", run.cause().orElse(null));
        json.set("parameters", orNull(run.manifest().path("parameters")));
        ObjectNode seconds = json.putObject("seconds");
        for (ReportData.StageTime stage : run.stages()) {
            seconds.put(
                    stage.stage().word(),
                    stage.duration().map(time -> time.toMillis() / 1000.0).orElse(null));
        }
        ObjectNode evaluation = json.putObject("evaluation");
        for (String when : new String[] {"after-prune", "after-recover"}) {
            evaluation.set(when, orNull(run.manifest().path("evaluation").path(when)));
        }
        return json;
    }

    private static JsonNode orNull(JsonNode found) {
        return found.isObject() ? found : JSON.nullNode();
    }
}
