package dev.espalier.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.cli.ExitCode;
import java.io.IOException;
import java.util.Locale;
import picocli.CommandLine.Command;

/** {@code espalier ls}. */
@Command(name = "ls", description = "List a coordinator's runs, the newest first.", mixinStandardHelpOptions = true)
public final class LsCommand extends RemoteCommand {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ROW = "%-10s %-11s %-20s %s%n";
    private static final int PAGE = 200;

    @Override
    int call(Coordinator coordinator) throws IOException, InterruptedException {
        ObjectNode all = JSON.createObjectNode();
        ArrayNode runs = all.putArray("runs");
        String after = "";
        JsonNode page;
        do {
            page = coordinator.get("/runs?limit=" + PAGE + "&after=" + Coordinator.segment(after));
            page.path("runs").forEach(runs::add);
            after = runs.isEmpty() ? "" : runs.get(runs.size() - 1).path("run").asText();
        } while (page.path("more").asBoolean());
        print(all, table(runs));
        return ExitCode.DONE;
    }

    private static String waiting(JsonNode run) {
        boolean waits =
                run.path("waiting").isTextual() && run.path("state").asText().equals("RUNNING");
        return waits ? "  (waiting: " + run.path("waiting").asText() + ")" : "";
    }

    private static String table(ArrayNode runs) {
        if (runs.isEmpty()) {
            return "no runs yet: 'espalier submit CONFIG' starts one";
        }
        StringBuilder table = new StringBuilder(String.format(Locale.ROOT, ROW, "STATE", "STAGE", "SUBMITTED", "RUN"));
        for (JsonNode run : runs) {
            table.append(String.format(
                    Locale.ROOT,
                    ROW,
                    run.path("state").asText(),
                    run.path("stage").asText("-"),
                    run.path("submitted").asText().replaceFirst("\\.[0-9]+Z$", "Z"),
                    run.path("run").asText() + waiting(run)));
        }
        return table.toString().stripTrailing();
    }
}
