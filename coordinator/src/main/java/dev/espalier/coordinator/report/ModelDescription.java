package dev.espalier.coordinator.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.coordinator.report.ModelCardData.Loaders;
import dev.espalier.coordinator.report.ModelCardData.Shape;
import dev.espalier.protocol.config.HubModels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * A model folder, for people; the worker judges it.
 *
 * @param license as its model card's front matter says; empty if it does not
 */
record ModelDescription(String name, Optional<String> license, Shape shape, Loaders loaders) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern LICENSE = Pattern.compile("(?m)^license:\\s*\"?([A-Za-z0-9._-]{1,64})\"?\\s*$");

    /** What the worker writes for llama.cpp; it refuses the rest by name. */
    private static final Set<String> GGUF_FAMILIES = Set.of("llama", "mistral", "qwen2");

    private static final Set<String> GGUF_ROPES = Set.of("default", "linear", "llama3");
    private static final long LARGEST_CARD = 1 << 20;

    /** Empty if there is no config.json with layers. */
    static Optional<ModelDescription> read(Path folder) throws IOException {
        Path file = folder.resolve("config.json");
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        JsonNode config = JSON.readTree(file.toFile());
        JsonNode ragged = config.path("espalier_shapes");
        int layers = config.path("num_hidden_layers").asInt();
        if (layers < 1) {
            return Optional.empty();
        }
        int heads = config.path("num_attention_heads").asInt();
        Shape shape = new Shape(
                config.path("hidden_size").asInt(),
                config.path("head_dim").asInt(config.path("hidden_size").asInt() / Math.max(1, heads)),
                config.path("vocab_size").asInt(),
                counts(ragged, "query_heads", layers, heads),
                counts(
                        ragged,
                        "kv_heads",
                        layers,
                        config.path("num_key_value_heads").asInt(heads)),
                counts(
                        ragged,
                        "intermediate",
                        layers,
                        config.path("intermediate_size").asInt()));
        Loaders loaders = new Loaders(
                !ragged.isArray(),
                heads > 0 && shape.hidden() % heads == 0,
                padded(shape.hidden(), heads),
                gguf(config, ragged.isArray(), shape));
        return Optional.of(new ModelDescription(name(folder, config), license(folder), shape, loaders));
    }

    /** Zeros at most double the heads; the worker refuses more. */
    private static boolean padded(int hidden, int heads) {
        return IntStream.rangeClosed(Math.max(1, heads), 2 * heads).anyMatch(more -> hidden % more == 0);
    }

    private static boolean gguf(JsonNode config, boolean ragged, Shape shape) {
        String family = config.path(ragged ? "espalier_family" : "model_type").asText();
        JsonNode rope = config.path(config.path("rope_scaling").isObject() ? "rope_scaling" : "rope_parameters");
        String kind = rope.path("rope_type").asText(rope.path("type").asText("default"));
        // llama.cpp wants as many biases of q as the hidden size
        boolean biased = family.equals("qwen2") || config.path("attention_bias").asBoolean();
        return GGUF_FAMILIES.contains(family)
                && GGUF_ROPES.contains(kind)
                && (!biased || shape.hidden() % shape.headDim() == 0);
    }

    private static List<Integer> counts(JsonNode ragged, String field, int layers, int uniform) {
        if (!ragged.isArray()) {
            return Collections.nCopies(layers, uniform);
        }
        List<Integer> counts = new ArrayList<>();
        ragged.forEach(layer -> counts.add(layer.path(field).asInt()));
        return counts;
    }

    /** The hub's, from its cache; else what transformers noted as the origin, unless that is a path of some machine; else the folder's. */
    private static String name(Path folder, JsonNode config) {
        Optional<String> hub = HubModels.nameOf(folder);
        if (hub.isPresent()) {
            return hub.get();
        }
        String origin = config.path("_name_or_path").asText();
        return origin.matches("[A-Za-z0-9][\\w.-]*/[\\w.-]+")
                ? origin
                : folder.toAbsolutePath().normalize().getFileName().toString();
    }

    private static Optional<String> license(Path folder) throws IOException {
        Path card = folder.resolve("README.md");
        if (!Files.isRegularFile(card) || Files.size(card) > LARGEST_CARD) {
            return Optional.empty();
        }
        String text = new String(Files.readAllBytes(card), StandardCharsets.UTF_8);
        int end = text.startsWith("---") ? text.indexOf("\n---", 3) : -1;
        Matcher license = LICENSE.matcher(end < 0 ? "" : text.substring(0, end));
        return license.find() ? Optional.of(license.group(1)) : Optional.empty();
    }
}
