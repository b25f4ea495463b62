package dev.espalier.worker.export;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.files.AtomicFiles;
import dev.espalier.protocol.safetensors.Dtype;
import dev.espalier.protocol.safetensors.HalfPrecision;
import dev.espalier.protocol.safetensors.SafetensorsWriter;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.WeightPlaces;
import dev.espalier.worker.checkpoint.WeightShapes;
import dev.espalier.worker.model.Slot;
import dev.espalier.worker.torch.Torch;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes a model folder tensor by tensor: weights, config.json, and what lies beside them. */
public final class ModelWriter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ModelWriter.class);
    private static final long SHARD_BYTES = 5L << 30;

    /** Elements that are copied at a time. */
    private static final long PIECE = 1 << 20;

    private static final Instant PROCESS_START =
            Instant.ofEpochMilli(ManagementFactory.getRuntimeMXBean().getStartTime());

    private final Torch torch;
    private final Path folder;
    private final LlamaConfig config;
    private final Dtype dtype;
    private final WeightPlaces places;
    private final SafetensorsWriter weights;

    /** @param torch has the tensors that will be written */
    public ModelWriter(Torch torch, Path folder, LlamaConfig config, Dtype dtype) {
        this.torch = torch;
        this.folder = folder;
        this.config = config;
        this.dtype = dtype;
        try {
            Files.createDirectories(folder);
            // Of an attempt that was killed. Whatever replaces this one, should it have been taken back unheard, began
            // later.
            AtomicFiles.dropLeftovers(folder, PROCESS_START);
        } catch (IOException e) {
            throw new UserError("cannot create " + folder + ": " + e.getMessage(), e);
        }
        this.places = WeightPlaces.of(config);
        this.weights = SafetensorsWriter.create(folder, places.stored(), dtype, SHARD_BYTES, Map.of());
    }

    /** @param head is left out if the config ties it to the embedding */
    public void top(NDArray embedding, NDArray norm, NDArray head) {
        add(WeightShapes.EMBEDDING, embedding);
        add(WeightShapes.FINAL_NORM, norm);
        if (!config.tiedEmbeddings()) {
            add(WeightShapes.HEAD, head);
        }
    }

    /** @param tensors one layer's, in kernel order; biases that the model does not have are empty */
    public void layer(int layer, NDList tensors) {
        for (Slot slot : Slot.STORED) {
            String name = slot.nameIn(layer);
            if (slot.of(tensors).size() > 0) {
                add(name, slot.of(tensors));
            } else if (places.has(name) && places.of(name).first()) {
                // what is left of a sub-block that is gone: no rows or no columns
                weights.add(places.of(name).name(), new float[0]);
            }
        }
    }

    /** Piece by piece: the embedding of a large vocabulary is more than a Java array holds. */
    private void add(String name, NDArray tensor) {
        for (long from = 0; from < tensor.size(); from += PIECE) {
            try (NDManager scope = torch.scope()) {
                NDArray piece = torch.tensor(scope, "elements", tensor, from, Math.min(PIECE, tensor.size() - from));
                FloatBuffer values =
                        piece.toByteBuffer().order(ByteOrder.nativeOrder()).asFloatBuffer();
                FloatBuffer stored = places.of(name).isPlain() ? values : stored(places.of(name), values);
                requireFinite(name, stored);
                weights.append(places.of(name).name(), stored);
            }
        }
    }

    private static FloatBuffer stored(WeightPlaces.Place place, FloatBuffer values) {
        FloatBuffer stored = FloatBuffer.allocate(values.remaining());
        while (values.hasRemaining()) {
            stored.put(place.written(values.get()));
        }
        return stored.flip();
    }

    /** Half precision ends at 65504, and what is larger would become infinite. */
    private void requireFinite(String name, FloatBuffer values) {
        for (int i = values.position(); i < values.limit(); i++) {
            float stored = dtype == Dtype.F32 ? values.get(i) : rounded(values.get(i));
            if (!Float.isFinite(stored)) {
                throw new UserError(name + " holds " + values.get(i) + ", which is not finite as " + dtype + " in "
                        + folder + (Float.isFinite(values.get(i)) ? ": export as bf16 or f32" : ""));
            }
        }
    }

    private float rounded(float value) {
        return dtype == Dtype.BF16
                ? HalfPrecision.fromBf16(HalfPrecision.toBf16(value))
                : HalfPrecision.fromF16(HalfPrecision.toF16(value));
    }

    /**
     * Makes the folder whole; without it nothing of the weights is visible.
     *
     * @param source the {@link CompanionFiles}' folder
     * @return the files written
     */
    public List<Path> finish(Path source) {
        List<Path> files = new ArrayList<>();
        try {
            CompanionFiles.leftOut(source).forEach(LOG::warn);
            files.addAll(CompanionFiles.copy(source, folder));
            ObjectNode json = config.toJson(dtype);
            json.remove(CompanionFiles.CODE);
            String text = json.toPrettyString() + "\n";
            Path written = folder.resolve(HfExport.CONFIG);
            AtomicFiles.write(written, text.getBytes(StandardCharsets.UTF_8));
            files.add(written);
        } catch (IOException e) {
            throw new UserError("cannot write " + folder + ": " + e.getMessage(), e);
        }
        weights.finish();
        files.addAll(weights.files());
        return files;
    }

    @Override
    public void close() {
        weights.close();
    }
}
