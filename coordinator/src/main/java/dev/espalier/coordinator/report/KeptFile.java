package dev.espalier.coordinator.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.coordinator.report.ModelCardData.Shape;
import dev.espalier.coordinator.report.ReportData.Kept;
import dev.espalier.coordinator.report.ReportData.Layer;
import dev.espalier.protocol.RunLayout;
import dev.espalier.protocol.Stage;
import dev.espalier.protocol.config.RunConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** {@code kept.json} of a prune stage: a digit a unit, 1 where it is kept, no digits where nothing could be removed. */
public final class KeptFile {
    private static final ObjectMapper JSON = new ObjectMapper();

    private KeptFile() {}

    /** What is left of a run's model; empty before its prune stage has ended. */
    public static Optional<Kept> read(Path directory, RunConfig config) throws IOException {
        return read(directory, ModelDescription.read(config.model().path()).map(ModelDescription::shape));
    }

    /** @param dense tells how many units there are where nothing could be removed */
    static Optional<Kept> read(Path directory, Optional<Shape> dense) throws IOException {
        Optional<Path> newest = newest(directory);
        if (newest.isEmpty()) {
            return Optional.empty();
        }
        Path file = newest.get();
        JsonNode json = JSON.readTree(file.toFile());
        List<Layer> layers = new ArrayList<>();
        for (JsonNode layer : json.path("layers")) {
            int index = layers.size();
            String heads = digits(
                    layer.path("heads"), dense.map(shape -> shape.kvHeads().get(index)));
            String channels = digits(
                    layer.path("ffn"), dense.map(shape -> shape.intermediate().get(index)));
            layers.add(new Layer(bits(heads), heads.length(), bits(channels), channels.length()));
        }
        String hidden = json.path("hidden").asText();
        return Optional.of(new Kept(layers, json.path("head-unit").asText(), bits(hidden), hidden.length()));
    }

    /** That of the last round which has ended: it tells of the earlier ones, too. */
    private static Optional<Path> newest(Path directory) {
        return IntStream.iterate(1, round -> round + 1)
                .mapToObj(round -> directory.resolve(RunLayout.kept(new Stage(Stage.PRUNE.kind(), round))))
                .takeWhile(Files::isRegularFile)
                .reduce((earlier, later) -> later);
    }

    private static String digits(JsonNode stored, Optional<Integer> all) {
        return stored.asText().isEmpty() ? "1".repeat(all.orElse(0)) : stored.asText();
    }

    private static BitSet bits(String digits) {
        BitSet bits = new BitSet(digits.length());
        for (int i = 0; i < digits.length(); i++) {
            bits.set(i, digits.charAt(i) == '1');
        }
        return bits;
    }
}
