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
import java.util.Optional;

/** What is left of each layer, in bins of neighbours: as much as a screen can show, however wide the model is. */
final class KeptView {
    private static final ObjectMapper JSON = new ObjectMapper();

    private KeptView() {}

    /** Empty before the prune stage has ended. */
    static Optional<ObjectNode> of(Path directory, RunConfig config) throws IOException {
        return KeptFile.read(directory, config).map(KeptView::json);
    }

    private static ObjectNode json(Kept kept) {
        ObjectNode json = JSON.createObjectNode().put("head-unit", kept.headUnit());
        ArrayNode layers = json.putArray("layers");
        for (Layer layer : kept.layers()) {
            ObjectNode entry = layers.addObject();
            entry.set("heads", part(layer.heads(), layer.headCount()));
            entry.set("ffn", part(layer.channels(), layer.channelCount()));
        }
        json.set("hidden", part(kept.hidden(), kept.hiddenSize()));
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
