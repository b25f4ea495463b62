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

/** {@code kept.json} of a prune stage: a digit a unit, 1 where it is kept, no digits where nothing could be removed. */
public final class KeptFile {
    private static final ObjectMapper JSON = new ObjectMapper();

    private KeptFile() {}

    /** What each round of pruning that has ended left of a run's model: the last tells of all. */
    public static List<Kept> read(Path directory, RunConfig config) throws IOException {
        return read(directory, ModelDescription.read(config.model().path()).map(ModelDescription::shape));
    }

    /** @param dense tells how many units there are where nothing could be removed */
    static List<Kept> read(Path directory, Optional<Shape> dense) throws IOException {
        List<Kept> rounds = new ArrayList<>();
        // A round that is done again leaves files of later ones behind until they are, too.
        for (Stage pruning : ManifestFile.read(directory).completed(Stage.PRUNE.kind())) {
            Path file = directory.resolve(RunLayout.kept(pruning));
            if (Files.isRegularFile(file)) {
                rounds.add(kept(pruning, file, dense));
            }
        }
        return List.copyOf(rounds);
    }

    private static Kept kept(Stage pruning, Path file, Optional<Shape> dense) throws IOException {
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
        return new Kept(pruning, layers, json.path("head-unit").asText(), bits(hidden), hidden.length());
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
