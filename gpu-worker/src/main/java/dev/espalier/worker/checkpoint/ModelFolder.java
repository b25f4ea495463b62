package dev.espalier.worker.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.config.HubModels;
import dev.espalier.protocol.safetensors.JsonFile;
import dev.espalier.protocol.safetensors.SafetensorsReader;
import dev.espalier.protocol.safetensors.ShardIndex;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A Hugging Face model folder whose files were checked against each other: config.json, weights, tokenizer.json. */
public final class ModelFolder implements AutoCloseable {
    private static final String CONFIG = "config.json";
    private static final String TOKENIZER = "tokenizer.json";

    private final Path path;
    private final LlamaConfig config;
    private final SafetensorsReader weights;
    private final WeightPlaces places;

    private ModelFolder(Path path, LlamaConfig config, SafetensorsReader weights) {
        this.path = path;
        this.config = config;
        this.weights = weights;
        this.places = WeightPlaces.of(config);
    }

    /**
     * Opens the folder after checking that every expected tensor is there in the expected shape, that there is none
     * besides, and that there is a tokenizer to be read. Reads headers, and a tied head that is stored nevertheless.
     *
     * @throws UserError that lists everything that is wrong with the folder
     */
    public static ModelFolder open(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new UserError(folder + (Files.exists(folder) ? " is not a directory." : " does not exist.")
                    + " Give the folder of a Hugging Face model (config.json, *.safetensors, tokenizer.json)."
                    + HubModels.remedy(folder).map(sentence -> " " + sentence).orElse(""));
        }
        MissingFiles.adapter(folder).ifPresent(message -> {
            throw new UserError(message);
        });
        List<String> problems = new ArrayList<>();
        LlamaConfig config = null;
        SafetensorsReader weights = null;
        try {
            config = LlamaConfig.read(folder.resolve(CONFIG));
        } catch (UserError e) {
            problems.add(e.getMessage());
        }
        try {
            weights = openWeights(folder);
        } catch (UserError e) {
            problems.add(e.getMessage());
        }
        if (config != null && weights != null) {
            config = TiedHead.asStored(config, weights);
            problems.addAll(new WeightCheck(config, weights).problems());
        }
        checkTokenizer(folder.resolve(TOKENIZER), problems);
        if (problems.isEmpty()) {
            return new ModelFolder(folder, config, weights);
        }
        if (weights != null) {
            weights.close();
        }
        throw new UserError(
                problems.size() == 1
                        ? problems.get(0)
                        : folder + " has " + problems.size() + " problems:\n  - " + String.join("\n  - ", problems));
    }

    private static SafetensorsReader openWeights(Path folder) {
        boolean safetensors = Files.exists(folder.resolve(SafetensorsReader.SINGLE_FILE))
                || Files.exists(folder.resolve(ShardIndex.NAME));
        if (!safetensors && hasPickles(folder)) {
            throw new UserError(
                    folder + " holds its weights as PyTorch pickles (*.bin), which are not read because they"
                            + " can run code. Convert them once: save_pretrained(..., safe_serialization=True).");
        }
        return SafetensorsReader.open(folder, Set.of(WeightShapes.HEAD));
    }

    private static boolean hasPickles(Path folder) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.{bin,pt,pth}")) {
            return files.iterator().hasNext();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void checkTokenizer(Path file, List<String> problems) {
        if (!Files.exists(file)) {
            return;
        }
        try {
            Tokenizer.open(file).close();
        } catch (UserError e) {
            problems.add(e.getMessage());
        }
    }

    public Path path() {
        return path;
    }

    public LlamaConfig config() {
        return config;
    }

    public SafetensorsReader weights() {
        return weights;
    }

    /** Whether the model has the tensor. @param name of {@link WeightShapes} */
    public boolean has(String name) {
        return places.has(name);
    }

    /** Where its numbers are; an embedding may be stored as the head that it is tied to. @param name of a tensor it has */
    public WeightPlaces.Place place(String name) {
        WeightPlaces.Place place = places.of(name);
        return place.storedAs(TiedHead.storedName(config, weights, place.name()));
    }

    /** config.json. */
    Path configFile() {
        return path.resolve(CONFIG);
    }

    /** tokenizer.json, if the folder has one. */
    public Optional<Path> tokenizerFile() {
        Path file = path.resolve(TOKENIZER);
        return Files.isRegularFile(file) ? Optional.of(file) : Optional.empty();
    }

    /**
     * The content of tokenizer.json, with the tokens that only the files beside it know.
     *
     * @throws UserError if the folder has none
     */
    public ObjectNode tokenizerJson() {
        Path file = tokenizerFile().orElseThrow(() -> new UserError(MissingFiles.tokenizer(path)));
        ObjectNode json = JsonFile.read(file);
        json.withArrayProperty("added_tokens").addAll(AddedTokens.beside(file, json));
        return json;
    }

    /** tokenizer.json, and the files beside it if they have a say in how texts are tokenised. */
    List<Path> tokenizerFiles() {
        List<Path> files = new ArrayList<>();
        tokenizerFile().ifPresent(file -> {
            files.add(file);
            if (!AddedTokens.beside(file, JsonFile.read(file)).isEmpty()) {
                AddedTokens.FILES.stream()
                        .map(path::resolve)
                        .filter(Files::exists)
                        .forEach(files::add);
            }
        });
        return files;
    }

    /** The name under which the weights hold the embedding: a tied model may have stored its head alone. */
    public String embedding() {
        return TiedHead.storedName(config, weights, WeightShapes.EMBEDDING);
    }

    /**
     * Opens the tokenizer; the caller closes it. It refuses texts with tokens that the embedding has no row for.
     *
     * @throws UserError if the folder has no tokenizer.json
     */
    public Tokenizer openTokenizer() {
        Path file = tokenizerFile().orElseThrow(() -> new UserError(MissingFiles.tokenizer(path)));
        return Tokenizer.open(file, config.vocabularySize());
    }

    /** Number of parameters, tied embeddings counted once. */
    public long parameters() {
        return config.parameters();
    }

    @Override
    public void close() {
        weights.close();
    }
}
