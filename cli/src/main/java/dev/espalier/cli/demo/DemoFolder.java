package dev.espalier.cli.demo;

import dev.espalier.protocol.UserError;
import dev.espalier.protocol.files.AtomicFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What the demo runs on: the model that ships with Espalier, its corpus made anew, and {@code examples/demo.conf}. */
final class DemoFolder {
    static final String CONFIG = "demo.conf";

    private static final List<String> MODEL =
            List.of("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json");
    private static final long SEED = 7;
    private static final int DOCUMENTS = 1000;
    private static final int HELD_OUT = 60;

    private DemoFolder() {}

    /** Writes what is not there yet, so that an interrupted demo goes on. */
    static void prepare(Path folder) throws IOException {
        Path config = folder.resolve(CONFIG);
        if (Files.isDirectory(folder) && !Files.exists(config) && !isEmpty(folder)) {
            throw new UserError(folder + " is not empty and holds no demo; give another --out");
        }
        Files.createDirectories(folder.resolve("model"));
        write("/demo/" + CONFIG, config);
        for (String file : MODEL) {
            write("/demo/model/" + file, folder.resolve("model").resolve(file));
        }
        Path corpus = folder.resolve("corpus");
        if (!Files.exists(corpus.resolve("choices.jsonl"))) {
            DemoCorpus.write(corpus, SEED, DOCUMENTS, HELD_OUT);
        }
    }

    private static boolean isEmpty(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.findAny().isEmpty();
        }
    }

    private static void write(String resource, Path file) throws IOException {
        if (Files.exists(file)) {
            return;
        }
        try (InputStream in = DemoFolder.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("missing from the distribution: " + resource);
            }
            AtomicFiles.write(file, in.readAllBytes());
        }
    }
}
