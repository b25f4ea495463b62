package dev.espalier.worker.export;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.espalier.protocol.UserError;
import dev.espalier.protocol.files.AtomicFiles;
import dev.espalier.protocol.safetensors.JsonFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What lies beside a model's weights and goes with them as it is: the tokenizer in all its forms, chat templates, settings
 * of generation, the licence. Code never goes with them, and so neither does what names it.
 */
public final class CompanionFiles {
    /** Which code a model's classes are in, by class; in config.json and tokenizer_config.json. */
    public static final String CODE = "auto_map";

    private static final String TOKENIZER_SETTINGS = "tokenizer_config.json";
    private static final Set<String> NAMES = Set.of(
            "tokenizer.json",
            TOKENIZER_SETTINGS,
            "special_tokens_map.json",
            "added_tokens.json",
            "vocab.json",
            "vocab.txt",
            "merges.txt",
            "spiece.model",
            "sentencepiece.bpe.model",
            "tekken.json",
            "generation_config.json",
            "chat_template.jinja",
            "chat_template.json");

    /** tokenizer.model, and Mistral's tokenizer.model.v3. */
    private static final Pattern SENTENCE_PIECES = Pattern.compile("tokenizer\\.model(\\.v[0-9]+)?");

    private static final Pattern LICENCE =
            Pattern.compile("(licen[cs]e|notice|copying|use_policy|acceptable_use_policy)([-_.].*)?");
    private static final String TEMPLATES = "additional_chat_templates";
    private static final int MOST_FILES = 1000;

    private CompanionFiles() {}

    /**
     * Copies them; a file that is there already is replaced, but none by itself.
     *
     * @return the copies
     * @throws UserError if one is absurdly large or cannot be read
     */
    public static List<Path> copy(Path source, Path target) throws IOException {
        List<Path> copies = new ArrayList<>();
        for (Path file : files(source)) {
            Path copied = target.resolve(source.relativize(file).toString());
            Files.createDirectories(copied.getParent());
            if (!Files.exists(copied) || !Files.isSameFile(file, copied)) {
                AtomicFiles.write(copied, content(file));
            }
            copies.add(copied);
        }
        return copies;
    }

    /**
     * What an export of this model lacks, as sentences for who uses it.
     *
     * @throws UserError if a file of the folder cannot be read
     */
    public static List<String> leftOut(Path source) {
        List<String> naming = new ArrayList<>();
        for (String name : List.of("config.json", TOKENIZER_SETTINGS)) {
            Path file = source.resolve(name);
            if (Files.isRegularFile(file) && namesCode(JsonFile.bytes(file))) {
                naming.add(name);
            }
        }
        return naming.isEmpty()
                ? List.of()
                : List.of("the export leaves out " + CODE + " of " + String.join(" and ", naming)
                        + ", since the code that it names is not copied: its classes are transformers' own. Read that"
                        + " code in " + source + " before you add it by hand.");
    }

    private static List<Path> files(Path source) throws IOException {
        List<Path> found = new ArrayList<>();
        try (Stream<Path> here = Files.list(source)) {
            here.filter(file -> isCompanion(file.getFileName().toString())).forEach(found::add);
        }
        if (Files.isDirectory(source.resolve(TEMPLATES))) {
            try (Stream<Path> templates = Files.list(source.resolve(TEMPLATES))) {
                templates
                        .filter(file -> file.getFileName().toString().endsWith(".jinja"))
                        .forEach(found::add);
            }
        }
        found.removeIf(file -> !Files.isRegularFile(file));
        if (found.size() > MOST_FILES) {
            throw new UserError(source + " has " + found.size() + " licences and chat templates: remove what is none");
        }
        return found;
    }

    private static boolean isCompanion(String name) {
        return NAMES.contains(name)
                || SENTENCE_PIECES.matcher(name).matches()
                || LICENCE.matcher(name.toLowerCase(Locale.ROOT)).matches();
    }

    private static byte[] content(Path file) {
        byte[] content = JsonFile.bytes(file);
        if (!file.getFileName().toString().equals(TOKENIZER_SETTINGS) || !namesCode(content)) {
            return content;
        }
        ObjectNode json = JsonFile.parse(file, content);
        json.remove(CODE);
        return (json.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** Only a file that has the word is worth parsing. */
    private static boolean namesCode(byte[] json) {
        return new String(json, StandardCharsets.UTF_8).contains('"' + CODE + '"');
    }
}
