package dev.espalier.methods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.protocol.config.MethodKeys;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever adds a method changes nothing of the engine: so nothing there may know one by name. */
class EngineNamesNoMethodTest {
    /** Two of them, magnitude and layers, are also words that say something of numbers and of models. */
    private static final Pattern NAMES = Pattern.compile(
            "(?i)nuteprune|\\bwanda|\\bobs\\b|\\bkfac\\b|\\bflap\\b|sheared|policy-?gradient|minitron|mutual-?information|bonsai"
                    + "|llm-?pruner|adaptive-?fusion");

    /** Formulas of gates and of the closed form are described with the method that they come from. */
    private static final Pattern CITATION = Pattern.compile("docs/methods/[a-z-]+\\.md");

    /** The demo compares ways of pruning, a benchmark takes the steps of one, help has examples: they give what a user would give. */
    private static final Set<String> USERS = Set.of("DemoCommand.java", "BenchStepCommand.java", "CompareCommand.java");

    @ParameterizedTest
    @ValueSource(strings = {"protocol", "coordinator", "gpu-worker", "monitoring", "cli"})
    void noClassOutsideTheMethodsNamesOne(String module) throws IOException {
        List<String> found = new ArrayList<>();
        try (Stream<Path> files = Files.walk(Path.of("..", module, "src/main/java"))) {
            files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !USERS.contains(file.getFileName().toString()))
                    .filter(file -> names(text(file)))
                    .forEach(file -> found.add(file.toString()));
        }
        assertThat(found).isEmpty();
    }

    @Test
    void eachOfThemWouldBeFound() {
        assertThat(Methods.keys())
                .extracting(MethodKeys::name)
                .filteredOn(name -> !names("if (prune.method().equals(\"" + name + "\")) {"))
                .containsExactly("magnitude", "layers");
        assertThat(names("case NUTEPRUNE -> new ObsWork();")).isTrue();
        assertThat(names("a hardened gate (docs/methods/nuteprune.md, Gates)")).isFalse();
    }

    private static boolean names(String text) {
        return NAMES.matcher(CITATION.matcher(text).replaceAll("")).find();
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
