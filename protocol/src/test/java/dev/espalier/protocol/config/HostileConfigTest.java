package dev.espalier.protocol.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.protocol.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Little texts that mean very much. What is not refused in time would take all memory, or minutes. */
@Timeout(60)
class HostileConfigTest {
    private static final String WHOLE =
            """
            run.name = pear
            model.path = /models/pear
            data { train = [ { path = /texts/pear.txt } ], sequence-length = 64 }
            evaluate.perplexity = [/texts/held-out.txt]
            """;

    private static final List<String> DOUBLING = List.of(
            "x0 = aaaaaaaaaa\n" + lines(60, n -> "x" + n + " = ${x" + (n - 1) + "}${x" + (n - 1) + "}"),
            "x0 = [1]\n" + lines(60, n -> "x" + n + " = ${x" + (n - 1) + "} ${x" + (n - 1) + "}"),
            "x0 = {k = 1}\n" + lines(60, n -> "x" + n + " { a = ${x" + (n - 1) + "}, b = ${x" + (n - 1) + "} }"),
            "x0 = 1\n" + lines(60, n -> "x" + n + " = [${x" + (n - 1) + "}, { b = ${?x" + (n - 1) + "} }]"),
            "x = aaaaaaaaaa\n" + lines(60, n -> "x = ${x}${x}"),
            "x { k = 1 }\n" + lines(60, n -> "x = ${x} { k" + n + " = ${x} }"),
            "a = bb\nb = bb\n" + lines(60, n -> "a = ${b}${b}\nb = ${a}${a}"),
            "d { x0 = aaaaaaaaaa }\np = ${d} { "
                    + lines(60, n -> "x" + n + " = ${p.x" + (n - 1) + "}${p.x" + (n - 1) + "}") + " }",
            "\"a}b,\" = \"${x}\\\"\"\n" + lines(60, n -> "\"a}b,\" = ${\"a}b,\"}${\"a}b,\"}"));

    @TempDir
    Path folder;

    private static String lines(int count, IntFunction<String> line) {
        return IntStream.rangeClosed(1, count).mapToObj(line).collect(Collectors.joining("\n"));
    }

    @Test
    void substitutionsThatDoubleAreRefusedBeforeTheyAreResolved() throws IOException {
        for (String doubling : DOUBLING) {
            assertThatThrownBy(() -> RunConfigReader.submitted(WHOLE + doubling, folder))
                    .as(doubling)
                    .isInstanceOf(UserError.class)
                    .hasMessageMatching("(?s).*(longer than 1048576 characters|leads back to itself).*");
            Path file = Files.writeString(folder.resolve("pear.conf"), WHOLE + doubling);
            assertThatThrownBy(() -> RunConfigReader.read(file, List.of(), Optional.empty()))
                    .as(doubling)
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining(file.toString());
        }
    }

    @Test
    void whatPeopleWriteWithSubstitutionsIsRead() throws IOException {
        Files.writeString(folder.resolve("base.conf"), "texts = /corpus\nlora { rank = 4, alpha = ${lora.rank} }");
        Path file = Files.writeString(
                folder.resolve("pear.conf"),
                """
                model.path = /models
                model.path = ${model.path}"/pear"
                data.train = []
                %s
                evaluate.perplexity = [${model.path}/a.txt]
                prune { steps = 7, schedule.warmup-steps = ${prune.steps}, gates.harden-at = 1 }
                recover { include "base.conf", texts = ${?UNSET} }
                prune.lora = ${recover.lora} { modules = [q] }
                recover.steps = ${?ESPALIER_UNSET_STEPS}
                """
                        .formatted(lines(60, n -> "data.train += { path = ${model.path}/" + n + ".txt }")));
        assertThatThrownBy(() -> RunConfigReader.read(file, List.of(), Optional.empty()))
                .as("nothing but the key that only the test needs")
                .hasMessageContaining("recover.texts")
                .hasMessageNotContaining("problems");
    }

    @Test
    void filesThatIncludeOthersTwiceAreRefused() throws IOException {
        for (int level = 0; level < 40; level++) {
            String next = "include \"" + (level + 1) + "\"\n";
            Files.writeString(folder.resolve(level + ".conf"), next + next);
        }
        Files.writeString(folder.resolve("40.conf"), "seed = 1");
        assertThatThrownBy(() -> RunConfigReader.read(folder.resolve("0.conf"), List.of(), Optional.empty()))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("may include 64 files");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "file(\"/dev/zero\")",
                "\"/dev/zero\"",
                "classpath(\"reference.conf\")",
                "url(\"http://127.0.0.1:1/a.conf\")"
            })
    void whatIsNoPlainFileIsNotIncluded(String include) throws IOException {
        Path file = Files.writeString(folder.resolve("pear.conf"), "include " + include + "\n" + WHOLE);
        assertThatThrownBy(() -> RunConfigReader.read(file, List.of(), Optional.empty()))
                .isInstanceOf(UserError.class)
                .hasMessageMatching("(?s).*(only files are included|no plain file).*");
    }

    @Test
    void theCommandLineIncludesNothingElseEither() {
        assertThatThrownBy(
                        () -> NodeConfigReader.worker(Optional.empty(), List.of("http={include file(\"/dev/zero\")}")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("no plain file");
        String words = "k=1,".repeat(2_600);
        assertThatThrownBy(() -> NodeConfigReader.worker(Optional.empty(), List.of("http={" + words + "}")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("--set http")
                .hasMessageContaining("more than 2500 keys");
    }

    @Test
    void ofManyProblemsTwentyAreToldAndTheRestCounted() {
        assertThatThrownBy(() -> RunConfigReader.submitted(WHOLE + lines(2_400, n -> "k" + n + "=1"), folder))
                .isInstanceOf(UserError.class)
                .hasMessageStartingWith("2400 problems")
                .hasMessageEndingWith("and 2380 more")
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(20_000));
    }

    @ParameterizedTest
    @MethodSource("longTexts")
    void longTextsAreJudgedInTime(String text) {
        assertThatThrownBy(() -> RunConfigReader.submitted(WHOLE + text, folder))
                .isInstanceOf(UserError.class)
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(30_000));
    }

    static List<Named<String>> longTexts() {
        return List.of(
                Named.of("list elements", "data.train = [" + "{weigth=1},".repeat(1_200) + "]"),
                Named.of("words that repeat", "prune.granularity = [" + "ffn,".repeat(50_000) + "]"),
                Named.of("a long key", "k".repeat(200_000) + " = 1"),
                Named.of("a deep key", "k.".repeat(1_500) + "k = 1"),
                Named.of("a section in pieces", lines(2_400, n -> "s.k" + n + "=1")),
                Named.of("too many keys", lines(60_000, n -> "k=1")));
    }
}
