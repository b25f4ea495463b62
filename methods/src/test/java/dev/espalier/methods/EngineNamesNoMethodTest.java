package dev.espalier.methods;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever adds a method changes nothing of the engine: so nothing there may know one by name. */
class EngineNamesNoMethodTest {
    /** One of them, magnitude, is also a word that says something of a number. */
    private static final Pattern NAMES = Pattern.compile("(?i)nuteprune|\\bwanda|\\bobs\\b");

    /** Formulas of gates and of the closed form are described with the method that they come from. */
    private static final Pattern CITATION = Pattern.compile("docs/methods/[a-z-]+\\.md");

    @ParameterizedTest
    @ValueSource(strings = {"protocol", "coordinator", "gpu-worker", "monitoring"})
    void noClassOfTheEngineNamesAMethod(String module) throws IOException {
        List<String> found = new ArrayList<>();
        try (Stream<Path> files = Files.walk(Path.of("..", module, "src/main/java"))) {
            files.filter(file -> file.toString().endsWith(".java")).forEach(file -> {
                if (NAMES.matcher(CITATION.matcher(text(file)).replaceAll("")).find()) {
                    found.add(file.toString());
                }
            });
        }
        assertThat(found).isEmpty();
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
