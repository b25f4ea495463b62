package dev.espalier.coordinator.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.coordinator.report.KeptFile;
import dev.espalier.coordinator.report.KeptMap;
import dev.espalier.coordinator.report.ReportData.Kept;
import dev.espalier.coordinator.report.ReportData.Layer;
import dev.espalier.protocol.config.RunConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/** What is left of each layer, in bins of neighbours: as much as a screen can show, however wide the model is. */
final class KeptView {
    private static final ObjectMapper JSON = new ObjectMapper();

    private KeptView() {}

    /** Empty before the prune stage has ended. */
    static Optional<ObjectNode> of(Path directory, RunConfig config) throws IOException {
        List<Kept> rounds = KeptFile.read(directory, config);
        return rounds.isEmpty() ? Optional.empty() : Optional.of(json(rounds));
    }

    private static ObjectNode json(List<Kept> rounds) {
        Kept kept = rounds.get(rounds.size() - 1);
        ObjectNode json = JSON.createObjectNode().put("head-unit", kept.headUnit());
        ArrayNode layers = json.putArray("layers");
        for (Layer layer : kept.layers()) {
            ObjectNode entry = layers.addObject();
            entry.set("heads", part(layer.heads(), layer.headCount()));
            entry.set("ffn", part(layer.channels(), layer.channelCount()));
        }
        json.set("hidden", part(kept.hidden(), kept.hiddenSize()));
        ArrayNode left = json.putArray("rounds");
        for (Kept round : rounds) {
            ObjectNode entry = left.addObject().put("stage", round.pruning().word());
            ArrayNode heads = entry.putArray("heads");
            ArrayNode channels = entry.putArray("ffn");
            for (Layer layer : round.layers()) {
                heads.add(layer.headsKept());
                channels.add(layer.channelsKept());
            }
        }
        return json;
    }

    private static ObjectNode part(BitSet bits, int size) {
        ObjectNode part = JSON.createObjectNode()
                .put("kept", bits.get(0, size).cardinality())
                .put("of", size);
        ArrayNode shares = part.putArray("shares");
        for (double share : KeptMap.shares(bits, size)) {
            shares.add(Math.round(share * 1000) / 1000.0);
        }
        return part;
    }
}
