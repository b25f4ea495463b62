package dev.espalier.cli.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.espalier.protocol.files.AtomicFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A small English-like corpus in four domains (stories, arithmetic, questions, lists) with structure that a LLaMA of
 * one to three million parameters can learn in minutes, and that a badly pruned one forgets. The same seed and sizes
 * give the same bytes on every machine.
 *
 * <p>A document is some pieces with a blank line between them, as the documents of a held-out file have; so a model knows
 * what a blank line means there. No held-out piece, and no choice with its answer, occurs in training text.
 */
public final class DemoCorpus {
    /** Items of {@code choices.jsonl} that each domain gives. */
    private static final int CHOICES_PER_DOMAIN = 100;

    /** A document ends with the piece that reaches this length. */
    private static final int DOCUMENT_CHARACTERS = 500;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<Part> parts;

    private record Part(String domain, List<String> training, List<String> heldOut, List<Choice> choices) {}

    private DemoCorpus(List<Part> parts) {
        this.parts = parts;
    }

    /**
     * Makes the corpus in memory: about 650 characters a document.
     *
     * @param documentsPerDomain training documents of each domain
     * @param heldOutPerDomain validation documents of each domain
     */
    public static DemoCorpus generate(long seed, int documentsPerDomain, int heldOutPerDomain) {
        Grammar grammar = new Grammar(
                "words.txt",
                "stories.txt",
                "arithmetic.txt",
                "questions.txt",
                "lists.txt",
                "knowledge.txt",
                "english.txt");
        List<Domain> domains =
                List.of(new Stories(grammar), new Arithmetic(grammar), new Questions(grammar), new Lists(grammar));
        return new DemoCorpus(domains.stream()
                .map(domain -> generate(domain, seed, documentsPerDomain, heldOutPerDomain))
                .toList());
    }

    /** Makes the corpus and writes it, see {@link #write(Path)}. */
    public static void write(Path folder, long seed, int documentsPerDomain, int heldOutPerDomain) throws IOException {
        generate(seed, documentsPerDomain, heldOutPerDomain).write(folder);
    }

    /**
     * Writes {@code train/DOMAIN.jsonl} (one {@code {"text": ...}} a line), {@code valid/DOMAIN.txt} (documents with a
     * blank line between them) and {@code choices.jsonl} (as {@code espalier evaluate --choices} reads it).
     */
    public void write(Path folder) throws IOException {
        StringBuilder choices = new StringBuilder();
        for (Part part : parts) {
            StringBuilder lines = new StringBuilder();
            for (String document : part.training) {
                lines.append(json(Map.of("text", document))).append('\n');
            }
            put(folder.resolve("train").resolve(part.domain + ".jsonl"), lines.toString());
            put(folder.resolve("valid").resolve(part.domain + ".txt"), String.join("\n\n", part.heldOut) + "\n");
            for (Choice choice : part.choices) {
                choices.append(json(choice)).append('\n');
            }
        }
        put(folder.resolve("choices.jsonl"), choices.toString());
    }

    /** All training documents, domain after domain. */
    public List<String> training() {
        return parts.stream().flatMap(part -> part.training.stream()).toList();
    }

    private static Part generate(Domain domain, long seed, int documents, int heldOut) {
        Set<String> seen = new HashSet<>();
        List<String> training = documents(domain, documents, seen, new Dice(seed, domain.name() + " training"));
        List<String> validation = documents(domain, heldOut, seen, new Dice(seed, domain.name() + " held out"));
        return new Part(domain.name(), training, validation, choices(domain, training, seed));
    }

    private static List<String> documents(Domain domain, int count, Set<String> seen, Dice dice) {
        List<String> documents = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            StringBuilder document = new StringBuilder();
            while (document.length() < DOCUMENT_CHARACTERS) {
                String piece = domain.piece(dice);
                if (seen.add(piece)) {
                    document.append(document.isEmpty() ? "" : "\n\n").append(piece);
                }
            }
            documents.add(document.toString());
        }
        return documents;
    }

    private static List<Choice> choices(Domain domain, List<String> training, long seed) {
        Dice dice = new Dice(seed, domain.name() + " choices");
        String shown = String.join("\n\n", training);
        Set<String> queries = new HashSet<>();
        List<Choice> choices = new ArrayList<>();
        while (choices.size() < CHOICES_PER_DOMAIN) {
            Choice choice = domain.choice(dice);
            if (choice.choices().size() > 1 && !shown.contains(choice.text()) && queries.add(choice.query())) {
                choices.add(choice);
            }
        }
        return choices;
    }

    private static void put(Path file, String text) throws IOException {
        AtomicFiles.write(file, text.getBytes(StandardCharsets.UTF_8));
    }

    private static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
