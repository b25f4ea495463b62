package dev.espalier.worker.model;

import dev.espalier.worker.checkpoint.LayerShape;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.checkpoint.WeightPlaces.Place;
import dev.espalier.worker.checkpoint.WeightShapes;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Bytes that a folder's weights take in memory, from its headers. What stays in a mapped file takes none. */
final class ModelMemory {
    private ModelMemory() {}

    /** Of all weights. @param precision of the projections; @param own whether nothing may stay in the file */
    static long of(ModelFolder folder, Precision precision, boolean own) {
        Set<String> projections = new HashSet<>();
        for (int layer = 0; layer < folder.config().layers().size(); layer++) {
            for (Slot slot : Slot.PROJECTIONS) {
                projections.add(slot.nameIn(layer));
            }
        }
        return WeightShapes.of(folder.config()).keySet().stream()
                .mapToLong(name -> of(folder, name, projections.contains(name) ? precision : Precision.F32, own))
                .sum();
    }

    /** Of what is in no layer, and of the largest layer, in float32; with the Gram matrix, float64, of the widest inputs there are. */
    static long byLayers(ModelFolder folder) {
        LlamaConfig config = folder.config();
        long others = of(folder, Precision.F32, false);
        long largest = 0;
        long widest = 0;
        for (int layer = 0; layer < config.layers().size(); layer++) {
            long bytes = names(folder, layer).stream()
                    .mapToLong(name -> of(folder, name, Precision.F32, false))
                    .sum();
            others -= bytes;
            largest = Math.max(largest, bytes);
            LayerShape shape = config.layers().get(layer);
            widest = Math.max(widest, Math.max(shape.intermediate(), (long) shape.queryHeads() * config.headDim()));
        }
        return others + largest + Double.BYTES * widest * widest;
    }

    private static List<String> names(ModelFolder folder, int layer) {
        return Stream.of(Slot.values())
                .filter(Slot::isStored)
                .map(slot -> slot.nameIn(layer))
                .filter(folder::has)
                .toList();
    }

    private static long of(ModelFolder folder, String name, Precision precision, boolean own) {
        Place place = folder.place(name);
        return WeightLoader.memory(folder.weights().info(place.name()), place, precision, own);
    }
}
