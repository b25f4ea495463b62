package dev.espalier.worker.gguf;

import dev.espalier.protocol.UserError;
import dev.espalier.worker.checkpoint.LlamaConfig;
import dev.espalier.worker.checkpoint.ModelFolder;
import dev.espalier.worker.checkpoint.WeightShapes;
import dev.espalier.worker.layout.PlacedTensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A model folder as one GGUF file, with its tokenizer and chat template. The same folder gives the same bytes. */
public final class GgufExport {
    private static final Logger LOG = LoggerFactory.getLogger(GgufExport.class);

    /** Of the quantisations' layout; llama.cpp refuses others. */
    private static final int QUANTISATION_VERSION = 2;

    private GgufExport() {}

    /**
     * Whether a model can be written so.
     *
     * @param folder has its tokenizer
     * @param planned its shapes
     * @throws UserError if not, with what to do
     */
    public static void check(ModelFolder folder, LlamaConfig planned, GgufType type) {
        GgufLayout.of(planned, type);
        GgufTokenizer.of(folder).check();
    }

    /** The type that holds the folder's matrices as they are; all else is written in F32 whatever the type. */
    public static GgufType typeOf(ModelFolder folder) {
        Set<String> found = WeightShapes.of(folder.config()).entrySet().stream()
                .filter(weight -> weight.getValue().length == 2)
                .map(weight -> folder.weights()
                        .info(folder.place(weight.getKey()).name())
                        .dtype()
                        .name())
                .collect(Collectors.toSet());
        return found.size() == 1 ? GgufType.valueOf(found.iterator().next()) : GgufType.F32;
    }

    /**
     * Writes the file, a row of a tensor at a time.
     *
     * @param name of the model, which llama.cpp shows
     * @throws UserError if llama.cpp has no counterpart to something of the model, or the type cannot hold it
     */
    public static void write(ModelFolder folder, String name, Path file, GgufType type) {
        LlamaConfig config = folder.config();
        GgufModel model = new GgufModel(config, GgufLayout.of(config, type));
        GgufMetadata metadata = new GgufMetadata()
                .put("general.architecture", model.layout().architecture().word())
                .put("general.type", "model")
                .put("general.name", name)
                .put("general.file_type", type.fileType())
                .put("general.quantization_version", QUANTISATION_VERSION);
        model.describe(metadata);
        GgufTokenizer tokenizer = GgufTokenizer.of(folder);
        tokenizer.describe(metadata);
        tokenizer.exceptions().forEach(sentence -> LOG.warn("{}: {}", file.getFileName(), sentence));
        List<PlacedTensor> tensors = model.tensors();
        try (GgufWriter writer = new GgufWriter(file, metadata, declared(model, tensors, type))) {
            model.ropeFactors().ifPresent(factors -> {
                writer.next(GgufModel.ROPE_FACTORS);
                writer.row(factors);
            });
            for (PlacedTensor tensor : tensors) {
                writer.next(tensor.name());
                model.read(folder, tensor, writer::row);
            }
            writer.finish();
        }
    }

    private static List<GgufWriter.Tensor> declared(GgufModel model, List<PlacedTensor> tensors, GgufType type) {
        List<GgufWriter.Tensor> declared = new ArrayList<>();
        Optional<float[]> factors = model.ropeFactors();
        factors.ifPresent(values ->
                declared.add(new GgufWriter.Tensor(GgufModel.ROPE_FACTORS, new long[] {values.length}, GgufType.F32)));
        // vectors are few, and llama.cpp adds and multiplies them in F32
        tensors.forEach(tensor -> declared.add(
                new GgufWriter.Tensor(tensor.name(), tensor.shape(), tensor.vector() ? GgufType.F32 : type)));
        return declared;
    }
}
