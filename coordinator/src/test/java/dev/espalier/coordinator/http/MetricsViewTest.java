package dev.espalier.coordinator.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsViewTest {
    @TempDir
    Path folder;

    @Test
    void whatFewStepsTellSurvivesThinning() throws IOException {
        JsonNode stage = view(50_000, 100);
        assertThat(stage.path("recorded").asInt()).isEqualTo(50_000);
        assertThat(stage.path("step").size()).isBetween(90, 100);
        List<Double> validation = new ArrayList<>();
        stage.at("/series/loss.validation").forEach(value -> {
            if (value.isNumber()) {
                validation.add(value.asDouble());
            }
        });
        assertThat(validation).hasSize(10).isSorted().contains(4_999.0, 49_999.0);
        assertThat(stage.at("/step/0").asInt()).isZero();
        assertThat(stage.path("step").get(stage.path("step").size() - 1).asInt())
                .isEqualTo(49_999);
    }

    @Test
    void whereTheyAreTooManyHalfIsLeftForTheOthers() throws IOException {
        JsonNode stage = view(1_000, 12);
        assertThat(stage.path("step")).hasSize(12);
        assertThat(stage.at("/series/loss.validation"))
                .filteredOn(JsonNode::isNumber)
                .hasSize(6);
    }

    /** Of each stage a tenth is told the validation loss, which here is the step. */
    private JsonNode view(int steps, int points) throws IOException {
        Path file = folder.resolve("metrics.jsonl");
        StringBuilder lines = new StringBuilder();
        for (int step = 0; step < steps; step++) {
            lines.append("{\"time\":\"2026-11-28T00:00:00Z\",\"stage\":\"recover\",\"step\":")
                    .append(step)
                    .append(",\"tokens\":64,\"seconds\":0.5,\"teacher\":\"intact\",\"loss\":")
                    .append(step % 7);
            if ((step + 1) % (steps / 10) == 0) {
                lines.append(",\"loss.validation\":").append(step);
            }
            lines.append("}\n");
        }
        Files.writeString(file, lines);
        return MetricsView.of(file, points).at("/stages/0");
    }
}
