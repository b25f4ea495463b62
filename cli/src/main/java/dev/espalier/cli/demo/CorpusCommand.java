package dev.espalier.cli.demo;

import dev.espalier.protocol.UserError;
import dev.espalier.protocol.files.AtomicFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code espalier demo-corpus}: the texts and the tokenizer from which the demo model is trained. */
@Command(
        name = "demo-corpus",
        description = {
            "Write the demonstration's corpus and train its tokenizer.",
            "The same options give the same bytes on every machine."
        },
        mixinStandardHelpOptions = true,
        hidden = true)
public final class CorpusCommand implements Callable<Integer> {
    private static final int MOST_DOCUMENTS = 200_000;
    private static final int LARGEST_VOCABULARY = 65_536;

    /** Held-out documents a domain, for each twenty of training. */
    private static final int TRAINING_PER_HELD_OUT = 20;

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "An empty or new folder.")
    private Path out;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "7", description = "Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(
            names = "--documents",
            paramLabel = "N",
            defaultValue = "4000",
            description =
                    "Training documents in each of the four domains, ${DEFAULT-VALUE} (10 MB of text) by default.")
    private int documents;

    @Option(
            names = "--vocabulary",
            paramLabel = "N",
            defaultValue = "2048",
            description = "Tokens of the byte-level BPE, ${DEFAULT-VALUE} by default.")
    private int vocabulary;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        require("--documents", documents, 1, MOST_DOCUMENTS);
        require("--vocabulary", vocabulary, ByteLevelBpe.MINIMUM_VOCABULARY, LARGEST_VOCABULARY);
        try {
            claim();
            int heldOut = Math.max(1, documents / TRAINING_PER_HELD_OUT);
            DemoCorpus corpus = DemoCorpus.generate(seed, documents, heldOut);
            corpus.write(out);
            ByteLevelBpe tokenizer = ByteLevelBpe.train(corpus.training(), vocabulary);
            tokenizer.write(out.resolve("tokenizer"));
            PrintWriter printer = spec.commandLine().getOut();
            printer.printf(
                    "%s: 4 domains of %d documents, a tokenizer of %d tokens%n",
                    out, documents, tokenizer.tokens().size());
            printer.flush();
            return 0;
        } catch (IOException e) {
            throw new UserError("cannot write the corpus to " + out + ": " + e + "; give another folder with --out", e);
        }
    }

    /** Marks the folder before anything else is written, so that the same command may finish what was interrupted. */
    private void claim() throws IOException {
        Path mark = out.resolve("corpus.txt");
        String recipe = String.format(
                Locale.ROOT, "seed %d, %d documents a domain, a vocabulary of %d\n", seed, documents, vocabulary);
        if (Files.exists(out) && !Files.isDirectory(out)) {
            throw new UserError(out + " is a file; give a folder with --out");
        }
        if (!children(out).isEmpty() && !recipe.equals(read(mark))) {
            throw new UserError(out + " is not empty and holds no corpus with these options;"
                    + " give an empty or new folder with --out");
        }
        AtomicFiles.write(mark, recipe.getBytes(StandardCharsets.UTF_8));
    }

    private static List<Path> children(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> children = Files.list(folder)) {
            return children.toList();
        }
    }

    /** What is marked, or nothing where there is no mark of ours. */
    private static String read(Path mark) throws IOException {
        boolean ours = Files.isRegularFile(mark) && Files.size(mark) < 1000;
        return ours ? new String(Files.readAllBytes(mark), StandardCharsets.UTF_8) : "";
    }

    private static void require(String option, int value, int least, int most) {
        if (value < least || value > most) {
            throw new UserError(option + " is " + value + "; give a number from " + least + " to " + most);
        }
    }
}
